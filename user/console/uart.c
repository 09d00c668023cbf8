/*
 * The serial port: see uart.h. Registers and bits as in the PC16550D data sheet. The kernel
 * writes to the same port when it warns or panics, waiting for an empty transmitter each
 * time; so do we before each FIFO load, and neither loses the other's bytes.
 */
#include "uart.h"

#include <quire/system_call.h>

#define UART_BASE 0x3f8
enum uart_register {
    UART_DATA = 0,             /* receiver buffer, transmitter holding register; divisor low */
    UART_INTERRUPT_ENABLE = 1, /* divisor high */
    UART_INTERRUPT_IDENTIFICATION = 2,
    UART_FIFO_CONTROL = 2,
    UART_LINE_CONTROL = 3,
    UART_MODEM_CONTROL = 4,
    UART_LINE_STATUS = 5,
    UART_MODEM_STATUS = 6,
    UART_SCRATCH = 7,
};
#define ENABLE_RECEIVE 0x01u
#define ENABLE_TRANSMIT 0x02u
#define CAUSE_NONE 0x01u
#define CAUSE_MASK 0x0eu
#define CAUSE_MODEM_STATUS 0x00u
#define CAUSE_TRANSMIT 0x02u
#define CAUSE_LINE_STATUS 0x06u
#define FIFOS_WORK 0xc0u
/* Receive trigger at 8 of 16 bytes; a receive time-out brings fewer. The transmit FIFO is not
   cleared: the kernel's last words may be in it. */
#define FIFO_ENABLE_CLEAR_RECEIVE 0x83u
#define LINE_DIVISOR_LATCH 0x80u
#define LINE_8N1 0x03u
#define DIVISOR_115200 1u
/* DTR, RTS, and OUT2, which connects the interrupt line on PCs. */
#define MODEM_READY_WITH_INTERRUPT 0x0bu
#define STATUS_DATA_READY 0x01u
#define STATUS_TRANSMIT_EMPTY 0x20u
#define STATUS_ALL_SENT 0x40u

#define FIFO_BYTES 16u
#define CAUSES_MAX 64          /* no interrupt has more causes in a row, unless it is broken */
#define SETTLE_POLLS_MAX 10000 /* a byte takes 87 us, a port read about one */

static uint32_t uart_ports, uart_irq;
static unsigned fifo_bytes;

static uint8_t read_register(enum uart_register number)
{
    int64_t value = sys_port_in(uart_ports, PORT_IN8, (uint16_t)(UART_BASE + number));
    return value < 0 ? 0xff : (uint8_t)value;
}

static void write_register(enum uart_register number, uint8_t value)
{
    sys_port_out(uart_ports, PORT_OUT8, (uint16_t)(UART_BASE + number), value);
}

/* A missing device floats: what is written does not come back. */
static bool is_present(void)
{
    write_register(UART_SCRATCH, 0x5a);
    if (read_register(UART_SCRATCH) != 0x5a)
        return false;
    write_register(UART_SCRATCH, 0xa5);
    return read_register(UART_SCRATCH) == 0xa5;
}

bool uart_initialize(uint32_t ports, uint32_t irq, uint32_t notification, uint64_t bits)
{
    uart_ports = ports;
    uart_irq = irq;
    if (!is_present())
        return false;

    /* Once, at start: a byte that is under way would be garbled by the divisor. */
    for (int polls = 0; polls < SETTLE_POLLS_MAX; polls++)
        if ((read_register(UART_LINE_STATUS) & STATUS_ALL_SENT) != 0)
            break;
    write_register(UART_INTERRUPT_ENABLE, 0);
    write_register(UART_LINE_CONTROL, LINE_DIVISOR_LATCH);
    write_register(UART_DATA, DIVISOR_115200);
    write_register(UART_INTERRUPT_ENABLE, 0);
    write_register(UART_LINE_CONTROL, LINE_8N1);
    write_register(UART_FIFO_CONTROL, FIFO_ENABLE_CLEAR_RECEIVE);
    write_register(UART_MODEM_CONTROL, MODEM_READY_WITH_INTERRUPT);
    bool fifos = (read_register(UART_INTERRUPT_IDENTIFICATION) & FIFOS_WORK) == FIFOS_WORK;
    fifo_bytes = fifos ? FIFO_BYTES : 1;

    if (sys_irq_bind(irq, notification, bits) != KERNEL_OK)
        return false;
    uart_enable_input(true);
    return true;
}

unsigned uart_room(void)
{
    return (read_register(UART_LINE_STATUS) & STATUS_TRANSMIT_EMPTY) != 0 ? fifo_bytes : 0;
}

void uart_send(uint8_t byte)
{
    write_register(UART_DATA, byte);
}

bool uart_interrupt(void)
{
    /* The line is edge-triggered: it must fall before it can rise again, so every cause is
       taken away. Reading the identification takes away "transmitter empty". */
    for (int causes = 0; causes < CAUSES_MAX; causes++) {
        uint8_t identification = read_register(UART_INTERRUPT_IDENTIFICATION);
        if ((identification & CAUSE_NONE) != 0)
            break;
        uint8_t cause = identification & CAUSE_MASK;
        if (cause == CAUSE_MODEM_STATUS)
            read_register(UART_MODEM_STATUS);
        else if (cause == CAUSE_LINE_STATUS)
            read_register(UART_LINE_STATUS);
        else if (cause != CAUSE_TRANSMIT)
            return true;
    }
    sys_irq_acknowledge(uart_irq);
    return false;
}

bool uart_receive(uint8_t *byte)
{
    if ((read_register(UART_LINE_STATUS) & STATUS_DATA_READY) == 0)
        return false;
    *byte = read_register(UART_DATA);
    return true;
}

void uart_enable_input(bool enable)
{
    write_register(UART_INTERRUPT_ENABLE, ENABLE_TRANSMIT | (enable ? ENABLE_RECEIVE : 0));
}
