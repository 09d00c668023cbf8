/*
 * The serial port: see uart.h. The kernel writes to the same port when it warns or panics,
 * waiting for an empty transmitter each time; so do we before each FIFO load, and neither loses
 * the other's bytes.
 */
#include "uart.h"

#include <quire/uart_port.h>

#define CAUSES_MAX 64          /* no interrupt has more causes in a row, unless it is broken */
#define SETTLE_POLLS_MAX 10000 /* a byte takes 87 us, a port read about one */

static struct uart_port port = {.base = UART_COM1};
static uint32_t uart_irq;
static unsigned fifo_bytes;

bool uart_initialize(uint32_t ports, uint32_t irq, uint32_t notification, uint64_t bits)
{
    port.ports = ports;
    uart_irq = irq;
    if (!uart_port_is_present(&port))
        return false;

    /* Once, at start: a byte that is under way would be garbled by the divisor. */
    for (int polls = 0; polls < SETTLE_POLLS_MAX; polls++)
        if ((uart_port_read(&port, UART_LINE_STATUS) & UART_STATUS_ALL_SENT) != 0)
            break;
    /* Not of the transmitter: the kernel's last words may be in its FIFO. */
    uart_port_set_up(&port, UART_FIFO_TRIGGER_8);
    bool fifos =
        (uart_port_read(&port, UART_INTERRUPT_IDENTIFICATION) & UART_FIFOS_WORK) == UART_FIFOS_WORK;
    fifo_bytes = fifos ? UART_FIFO_BYTES : 1;

    if (sys_irq_bind(irq, notification, bits) != KERNEL_OK)
        return false;
    uart_enable_input(true);
    return true;
}

unsigned uart_room(void)
{
    return (uart_port_read(&port, UART_LINE_STATUS) & UART_STATUS_TRANSMIT_EMPTY) != 0 ? fifo_bytes
                                                                                       : 0;
}

void uart_send(uint8_t byte)
{
    uart_port_write(&port, UART_DATA, byte);
}

bool uart_interrupt(void)
{
    /* The line is edge-triggered: it must fall before it can rise again, so every cause is
       taken away. Reading the identification takes away "transmitter empty". */
    for (int causes = 0; causes < CAUSES_MAX; causes++) {
        uint8_t identification = uart_port_read(&port, UART_INTERRUPT_IDENTIFICATION);
        if ((identification & UART_CAUSE_NONE) != 0)
            break;
        uint8_t cause = identification & UART_CAUSE_MASK;
        if (cause == UART_CAUSE_MODEM_STATUS)
            uart_port_read(&port, UART_MODEM_STATUS);
        else if (cause == UART_CAUSE_LINE_STATUS)
            uart_port_read(&port, UART_LINE_STATUS);
        else if (cause != UART_CAUSE_TRANSMIT)
            return true;
    }
    sys_irq_acknowledge(uart_irq);
    return false;
}

bool uart_receive(uint8_t *byte)
{
    if ((uart_port_read(&port, UART_LINE_STATUS) & UART_STATUS_DATA_READY) == 0)
        return false;
    *byte = uart_port_read(&port, UART_DATA);
    return true;
}

void uart_enable_input(bool enable)
{
    uart_port_write(&port, UART_INTERRUPT_ENABLE,
                    UART_ENABLE_TRANSMIT | (enable ? UART_ENABLE_RECEIVE : 0));
}
