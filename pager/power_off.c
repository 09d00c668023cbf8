/*
 * Power-off: the last lines get out, the test device hears the status, the firmware's tables
 * say how to switch the machine off.
 *
 * With the option exit-port one line goes to I/O port 0xe9, where QEMU's isa-debugcon
 * listens: `exit STATUS`, or `panic MESSAGE` when the system failed.
 */
#include "address_space.h"
#include "console.h"
#include "dispatch.h"
#include "kernel_interface.h"
#include "option.h"
#include "services.h"
#include "shutdown.h"
#include "trace.h"

#include <quire/format.h>
#include <quire/uart_registers.h>
#include <stdarg.h>
#include <string.h>

#define PORT_REPORT 0xe9
#define LINE_STATUS_ABSENT 0xff
#define LOOK_NANOSECONDS 1000000ull
/* Looks that must find the transmitter idle in a row: the console may be about to refill it. */
#define IDLE_LOOKS 3
/* A console that does not take its text in this time never will. */
#define PATIENCE_NANOSECONDS (15ull * 1000000000)
#define POWER_NANOSECONDS (3ull * 1000000000)
#define MESSAGE_BYTES 200

static uint64_t rsdp;

void power_off_boot(uint64_t acpi_rsdp)
{
    rsdp = acpi_rsdp;
}

struct drain {
    uint64_t give_up_at;
    uint32_t idle_looks;
};

static bool drained(void *context)
{
    struct drain *drain = context;
    uint64_t now = clock_now();
    if (now >= drain->give_up_at)
        return true;
    int64_t status = sys_port_in(BOOT_HANDLE_PORTS, PORT_IN8, UART_COM1 + UART_LINE_STATUS);
    bool idle = status == LINE_STATUS_ABSENT || (status & UART_STATUS_ALL_SENT) != 0;
    drain->idle_looks = console_drained() && idle ? drain->idle_looks + 1 : 0;
    timer_wake_at(now + LOOK_NANOSECONDS);
    return drain->idle_looks >= IDLE_LOOKS;
}

static bool time_is_up(void *context)
{
    const uint64_t *time = context;
    timer_wake_at(*time);
    return clock_now() >= *time;
}

static void report(const char *line)
{
    if (option_text("exit-port") == NULL)
        return;
    for (; *line != '\0'; line++)
        sys_port_out(BOOT_HANDLE_PORTS, PORT_OUT8, PORT_REPORT, (uint8_t)*line);
}

static _Noreturn void finish(const char *report_line)
{
    trace_output_finish();
    struct drain drain = {.give_up_at = clock_now() + PATIENCE_NANOSECONDS};
    event_loop_until(drained, &drain);
    report(report_line);
    acpi_power_off(rsdp);
    /* The machine may take a moment to go. */
    uint64_t gone_by = clock_now() + POWER_NANOSECONDS;
    event_loop_until(time_is_up, &gone_by);
    console_emergency("pager: this machine has no way to power off that ACPI tells of; "
                      "you can switch it off now\n");
    for (;;) {
        struct message message = {0};
        sys_wait(0, &message);
    }
}

void power_off(int32_t status)
{
    char line[32];
    format_string(line, sizeof line, "exit %d\n", status);
    finish(line);
}

void system_fail(const char *format, ...)
{
    char line[MESSAGE_BYTES] = "panic ";
    size_t start = strlen(line);
    va_list arguments;
    va_start(arguments, format);
    format_string_list(line + start, sizeof line - start - 1, format, arguments);
    va_end(arguments);
    console_message("%s", line + start);
    strlcpy(line + strlen(line), "\n", 2);
    /* Without a console the line waits in the pager's memory for ever. */
    if (!console_started())
        console_emergency("pager: %s", line + start);
    finish(line);
}
