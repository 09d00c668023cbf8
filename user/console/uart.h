/*
 * The first serial port, a 16550 or what claims to be one. Driven by interrupts in both
 * directions; nothing here waits.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* false: there is no such port on this machine. irq raises bits of the notification. */
bool uart_initialize(uint32_t ports, uint32_t irq, uint32_t notification, uint64_t bits);
/* How many bytes it takes now: the whole of its FIFO when that is empty, else 0 (and an
   interrupt comes when it is). */
unsigned uart_room(void);
void uart_send(uint8_t byte);
/*
 * The interrupt. true: bytes were received; take them all with uart_receive() and call again.
 * false: every cause is acknowledged, the next interrupt can come.
 */
bool uart_interrupt(void);
/* One received byte; false: none. */
bool uart_receive(uint8_t *byte);
/* While input is not enabled, received bytes stay in the port and hold the sender. */
void uart_enable_input(bool enable);
