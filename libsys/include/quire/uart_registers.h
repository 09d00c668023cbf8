/*
 * The registers of a serial port, and of them the bits that are used here. Source: the PC16550D
 * data sheet; the ports are where PCs have them.
 */
#pragma once

#define UART_COM1 0x3f8 /* the console's, and the kernel's for its last words */
#define UART_COM2 0x2f8 /* the trace's */
#define UART_COM2_GSI 3

/* From the base. While LINE_DIVISOR_LATCH is set the first two are the divisor. */
enum uart_register {
    UART_DATA = 0,             /* receiver buffer, transmitter holding register; divisor low */
    UART_INTERRUPT_ENABLE = 1, /* divisor high */
    UART_INTERRUPT_IDENTIFICATION = 2, /* when read */
    UART_FIFO_CONTROL = 2,             /* when written */
    UART_LINE_CONTROL = 3,
    UART_MODEM_CONTROL = 4,
    UART_LINE_STATUS = 5,
    UART_MODEM_STATUS = 6,
    UART_SCRATCH = 7,
};

#define UART_ENABLE_RECEIVE 0x01u
#define UART_ENABLE_TRANSMIT 0x02u

#define UART_CAUSE_NONE 0x01u
#define UART_CAUSE_MASK 0x0eu
#define UART_CAUSE_MODEM_STATUS 0x00u
#define UART_CAUSE_TRANSMIT 0x02u
#define UART_CAUSE_LINE_STATUS 0x06u
#define UART_FIFOS_WORK 0xc0u

#define UART_FIFO_ENABLE 0x01u
#define UART_FIFO_CLEAR_RECEIVE 0x02u
#define UART_FIFO_CLEAR_TRANSMIT 0x04u
#define UART_FIFO_TRIGGER_8 0x80u /* of 16 bytes received; a time-out brings fewer */
#define UART_FIFO_BYTES 16u

#define UART_LINE_8N1 0x03u
#define UART_LINE_DIVISOR_LATCH 0x80u
#define UART_DIVISOR_115200 1u

#define UART_MODEM_READY 0x03u     /* DTR, RTS */
#define UART_MODEM_INTERRUPT 0x08u /* OUT2, which connects the interrupt line on PCs */

#define UART_STATUS_DATA_READY 0x01u
#define UART_STATUS_TRANSMIT_EMPTY 0x20u
#define UART_STATUS_ALL_SENT 0x40u /* not even a bit is on the wire */
