/*
 * A serial port through a handle for its I/O ports: what every driver of one begins with.
 */
#pragma once

#include <quire/system_call.h>
#include <quire/uart_registers.h>
#include <stdbool.h>

struct uart_port {
    uint32_t ports; /* handle */
    uint16_t base;
};

/* All ones where the port cannot be read, as from a missing device. */
static inline uint8_t uart_port_read(const struct uart_port *port, enum uart_register number)
{
    int64_t value = sys_port_in(port->ports, PORT_IN8, (uint16_t)(port->base + number));
    return value < 0 ? 0xff : (uint8_t)value;
}

static inline void uart_port_write(const struct uart_port *port, enum uart_register number,
                                   uint8_t value)
{
    sys_port_out(port->ports, PORT_OUT8, (uint16_t)(port->base + number), value);
}

/* A missing device floats: what is written does not come back. */
static inline bool uart_port_is_present(const struct uart_port *port)
{
    uart_port_write(port, UART_SCRATCH, 0x5a);
    if (uart_port_read(port, UART_SCRATCH) != 0x5a)
        return false;
    uart_port_write(port, UART_SCRATCH, 0xa5);
    return uart_port_read(port, UART_SCRATCH) == 0xa5;
}

/* 115200 baud, 8N1, FIFOs on and the receiver's cleared beside what `fifo_control` says, the
   interrupt line connected, no interrupt enabled. A byte under way would be garbled. */
static inline void uart_port_set_up(const struct uart_port *port, uint8_t fifo_control)
{
    uart_port_write(port, UART_INTERRUPT_ENABLE, 0);
    uart_port_write(port, UART_LINE_CONTROL, UART_LINE_DIVISOR_LATCH);
    uart_port_write(port, UART_DATA, UART_DIVISOR_115200);
    uart_port_write(port, UART_INTERRUPT_ENABLE, 0); /* divisor, high byte */
    uart_port_write(port, UART_LINE_CONTROL, UART_LINE_8N1);
    uart_port_write(port, UART_FIFO_CONTROL,
                    UART_FIFO_ENABLE | UART_FIFO_CLEAR_RECEIVE | fifo_control);
    uart_port_write(port, UART_MODEM_CONTROL, UART_MODEM_READY | UART_MODEM_INTERRUPT);
}
