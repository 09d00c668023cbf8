/* The end: see shutdown.c and power_off.c. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* After SYSTEM_SHUTDOWN: calls that change files fail. */
bool system_is_shut_down(void);

/* Remembers where the firmware's tables are. */
void power_off_boot(uint64_t acpi_rsdp);
/* Waits until the console has shown everything, reports the status, and powers off. */
_Noreturn void power_off(int32_t status);
/* The same for a system that cannot go on: a line on the console and a `panic` report. */
_Noreturn void system_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* ---- acpi_power.c */
/* Enters sleep state S5 with the help of the firmware's tables. Returns if that is not possible. */
void acpi_power_off(uint64_t rsdp);
