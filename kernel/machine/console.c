/*
 * The kernel's console: the first serial port, transmit only. It carries the boot banner,
 * warnings and panics. In between the port belongs to the console server, so the kernel
 * never waits for an interrupt from it and gives up on a transmitter that stays busy.
 */
#include "console.h"
#include "machine.h"

#include <quire/uart_registers.h>

/* A character at 115200 baud takes 87 us; a port read about one. */
#define TRANSMIT_POLLS_MAX 100000

static bool serial_present;
static bool console_silent;

void console_initialize(void)
{
    port_out8(UART_COM1 + UART_SCRATCH, 0xa5);
    serial_present = port_in8(UART_COM1 + UART_SCRATCH) == 0xa5;
    if (!serial_present)
        return;

    port_out8(UART_COM1 + UART_INTERRUPT_ENABLE, 0);
    port_out8(UART_COM1 + UART_LINE_CONTROL, UART_LINE_DIVISOR_LATCH);
    port_out8(UART_COM1 + UART_DATA, UART_DIVISOR_115200);
    port_out8(UART_COM1 + UART_INTERRUPT_ENABLE, 0); /* divisor, high byte */
    port_out8(UART_COM1 + UART_LINE_CONTROL, UART_LINE_8N1);
    port_out8(UART_COM1 + UART_FIFO_CONTROL,
              UART_FIFO_ENABLE | UART_FIFO_CLEAR_RECEIVE | UART_FIFO_CLEAR_TRANSMIT);
    port_out8(UART_COM1 + UART_MODEM_CONTROL, UART_MODEM_READY);
}

void console_silence(bool silent)
{
    console_silent = silent;
}

static void transmit(char character)
{
    for (unsigned polls = 0; polls < TRANSMIT_POLLS_MAX; polls++)
        if ((port_in8(UART_COM1 + UART_LINE_STATUS) & UART_STATUS_TRANSMIT_EMPTY) != 0)
            break;
    port_out8(UART_COM1 + UART_DATA, (uint8_t)character);
}

void console_put(char character)
{
    if (!serial_present || console_silent)
        return;
    if (character == '\n')
        transmit('\r');
    transmit(character);
}

void print_bytes(const char *bytes, size_t length_bytes)
{
    for (size_t i = 0; i < length_bytes; i++)
        console_put(bytes[i]);
}

static void put_number(void (*put)(char), uint64_t value, unsigned base, unsigned width, char pad)
{
    char digits[20];
    unsigned count = 0;
    do {
        digits[count++] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value != 0);
    for (; width > count; width--)
        put(pad);
    while (count > 0)
        put(digits[--count]);
}

static void put_string(void (*put)(char), const char *string)
{
    while (*string != '\0')
        put(*string++);
}

void format_text(void (*put)(char), const char *format, va_list arguments)
{
    for (; *format != '\0'; format++) {
        if (*format != '%') {
            put(*format);
            continue;
        }
        char pad = *++format == '0' ? '0' : ' ';
        unsigned width = 0;
        for (; *format >= '0' && *format <= '9'; format++)
            width = width * 10 + (unsigned)(*format - '0');
        bool is_long = false;
        for (; *format == 'l' || *format == 'z'; format++)
            is_long = true;

        switch (*format) {
        case 's': put_string(put, va_arg(arguments, const char *)); break;
        case 'c': put((char)va_arg(arguments, int)); break;
        case 'd': {
            int64_t value = is_long ? va_arg(arguments, int64_t) : va_arg(arguments, int);
            if (value < 0)
                put('-');
            put_number(put, value < 0 ? -(uint64_t)value : (uint64_t)value, 10, width, pad);
            break;
        }
        case 'u':
        case 'x': {
            uint64_t value = is_long ? va_arg(arguments, uint64_t) : va_arg(arguments, uint32_t);
            put_number(put, value, *format == 'x' ? 16 : 10, width, pad);
            break;
        }
        case 'p':
            put_string(put, "0x");
            put_number(put, (uint64_t)va_arg(arguments, void *), 16, 16, '0');
            break;
        case '\0': return;
        default: put(*format); break;
        }
    }
}

void print(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    format_text(console_put, format, arguments);
    va_end(arguments);
}
