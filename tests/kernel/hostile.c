/*
 * Runs the hostile-caller tests and leaves by isa-debug-exit: 0 if all passed, else 1.
 */
#include "hostile.h"
#include <quire/server.h>
#include <stdarg.h>

#define COM1 0x3f8
#define COM1_LINE_STATUS (COM1 + 5)
#define LINE_STATUS_TRANSMITTER_EMPTY 0x20
#define DEBUG_EXIT_PORT 0xf4

const struct boot_information *boot;
static unsigned failures_in_test;

static void put(char byte)
{
    while (!(sys_port_in(BOOT_HANDLE_PORTS, PORT_IN8, COM1_LINE_STATUS) &
             LINE_STATUS_TRANSMITTER_EMPTY))
        continue;
    sys_port_out(BOOT_HANDLE_PORTS, PORT_OUT8, COM1, (uint8_t)byte);
}

static void put_number(uint64_t value, unsigned base)
{
    char digits[20];
    unsigned count = 0;
    do {
        digits[count++] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value != 0);
    while (count > 0)
        put(digits[--count]);
}

/* Of printf: %s, %d (64 bits as %ld), %lx. */
void console_print(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    for (; *format != 0; format++) {
        if (*format != '%') {
            put(*format);
            continue;
        }
        bool is_long = *++format == 'l';
        if (is_long)
            format++;
        if (*format == 's') {
            for (const char *text = va_arg(arguments, const char *); *text != 0; text++)
                put(*text);
        } else if (*format == 'x') {
            put_number(va_arg(arguments, unsigned long), 16);
        } else {
            int64_t value = is_long ? va_arg(arguments, long) : va_arg(arguments, int);
            if (value < 0)
                put('-');
            put_number(value < 0 ? -(uint64_t)value : (uint64_t)value, 10);
        }
    }
    va_end(arguments);
}

void expect_equal(int64_t got, int64_t wanted, const char *what, int line)
{
    if (got == wanted)
        return;
    failures_in_test++;
    console_print("    line %d: %s is %ld, not %ld\n", line, what, got, wanted);
}

/* Debug builds: the kernel checks its own frame table after each test. */
static void check_invariant(void)
{
#if QUIRE_DEBUG
    EXPECT(system_call_plain(SYS_DEBUG, DEBUG_CHECK, 0, 0, 0, 0, 0).status, KERNEL_OK);
#endif
}

static void run_all(const struct hostile_test *tests, unsigned *passed, unsigned *failed)
{
    for (; tests->name != NULL; tests++) {
        failures_in_test = 0;
        tests->run();
        check_invariant();
        console_print("(hostile) %s: %s\n", tests->name, failures_in_test == 0 ? "ok" : "FAILED");
        *(failures_in_test == 0 ? passed : failed) += 1;
    }
}

_Noreturn void server_main(const struct server_start *start)
{
    unsigned passed = 0, failed = 0;
    boot = (const struct boot_information *)(const void *)start;
    run_all(memory_tests, &passed, &failed);
    run_all(large_page_tests, &passed, &failed);
    run_all(handle_tests, &passed, &failed);
    run_all(message_tests, &passed, &failed);
    run_all(fault_tests, &passed, &failed);
    run_all(key_tests, &passed, &failed);
    console_print("%d passed, %d failed\n", (int)passed, (int)failed);
    sys_port_out(BOOT_HANDLE_PORTS, PORT_OUT32, DEBUG_EXIT_PORT, failed != 0);
    for (;;)
        sys_wait(0, &(struct message){0});
}
