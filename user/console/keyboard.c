/*
 * The 8042 keyboard controller: see keyboard.h. Commands and bits as in the IBM PS/2 Hardware
 * Interface Technical Reference. The controller translates to scan code set 1.
 *
 * It has no interrupt for "command taken", so its set-up polls, a bounded number of times,
 * once at start. From then on bytes come by interrupt.
 */
#include "keyboard.h"

#include <quire/system_call.h>

#define PORT_DATA 0x60
#define PORT_STATUS 0x64  /* read */
#define PORT_COMMAND 0x64 /* write */

#define STATUS_OUTPUT_FULL 0x01u
#define STATUS_INPUT_FULL 0x02u
#define STATUS_FROM_MOUSE 0x20u
#define STATUS_NOBODY 0xffu

#define COMMAND_READ_CONFIGURATION 0x20u
#define COMMAND_WRITE_CONFIGURATION 0x60u
#define COMMAND_DISABLE_MOUSE 0xa7u
#define COMMAND_ENABLE_KEYBOARD 0xaeu
#define CONFIGURATION_KEYBOARD_INTERRUPT 0x01u
#define CONFIGURATION_MOUSE_INTERRUPT 0x02u
#define CONFIGURATION_KEYBOARD_OFF 0x10u
#define CONFIGURATION_TRANSLATE 0x40u
#define KEYBOARD_ENABLE_SCANNING 0xf4u

#define POLLS_MAX 20000 /* some 20 ms of port reads */
#define STALE_BYTES_MAX 64

static uint32_t keyboard_ports, keyboard_irq;

static uint8_t read_port(uint16_t port)
{
    int64_t value = sys_port_in(keyboard_ports, PORT_IN8, port);
    return value < 0 ? STATUS_NOBODY : (uint8_t)value;
}

static bool wait_for(uint8_t bit, uint8_t wanted)
{
    for (int polls = 0; polls < POLLS_MAX; polls++)
        if ((read_port(PORT_STATUS) & bit) == wanted)
            return true;
    return false;
}

static bool write_port(uint16_t port, uint8_t value)
{
    if (!wait_for(STATUS_INPUT_FULL, 0))
        return false;
    sys_port_out(keyboard_ports, PORT_OUT8, port, value);
    return true;
}

static void discard_stale_bytes(void)
{
    for (int i = 0; i < STALE_BYTES_MAX; i++) {
        if ((read_port(PORT_STATUS) & STATUS_OUTPUT_FULL) == 0)
            break;
        read_port(PORT_DATA);
    }
}

static bool configure(void)
{
    if (!write_port(PORT_COMMAND, COMMAND_READ_CONFIGURATION) ||
        !wait_for(STATUS_OUTPUT_FULL, STATUS_OUTPUT_FULL))
        return false;
    uint8_t configuration = read_port(PORT_DATA);
    configuration |= CONFIGURATION_KEYBOARD_INTERRUPT | CONFIGURATION_TRANSLATE;
    configuration &= (uint8_t) ~(CONFIGURATION_MOUSE_INTERRUPT | CONFIGURATION_KEYBOARD_OFF);
    return write_port(PORT_COMMAND, COMMAND_WRITE_CONFIGURATION) &&
           write_port(PORT_DATA, configuration) &&
           write_port(PORT_COMMAND, COMMAND_ENABLE_KEYBOARD) &&
           write_port(PORT_DATA, KEYBOARD_ENABLE_SCANNING);
}

bool keyboard_initialize(uint32_t ports, uint32_t irq, uint32_t notification, uint64_t bits)
{
    keyboard_ports = ports;
    keyboard_irq = irq;
    if (read_port(PORT_STATUS) == STATUS_NOBODY)
        return false;
    /* A byte of the mouse in the way would hide the keyboard's. */
    if (!write_port(PORT_COMMAND, COMMAND_DISABLE_MOUSE))
        return false;
    discard_stale_bytes();
    if (sys_irq_bind(irq, notification, bits) != KERNEL_OK || !configure())
        return false;
    return true;
}

bool keyboard_receive(uint8_t *scan_code)
{
    for (;;) {
        uint8_t status = read_port(PORT_STATUS);
        if (status == STATUS_NOBODY || (status & STATUS_OUTPUT_FULL) == 0)
            return false;
        uint8_t byte = read_port(PORT_DATA);
        /* 0xfa and above answer commands and are no keys; set 1 has nothing there. */
        if ((status & STATUS_FROM_MOUSE) != 0 || byte >= 0xfa)
            continue;
        *scan_code = byte;
        return true;
    }
}

void keyboard_acknowledge(void)
{
    sys_irq_acknowledge(keyboard_irq);
}
