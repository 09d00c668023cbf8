/* The serial console and what panic() needs to know from boot. Private to machine and boot. */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

void console_initialize(void);
/* console=none: only panic() is heard. */
void console_silence(bool silent);
void console_put(char character);

/* Formats as print() does, a character at a time. */
void format_text(void (*put)(char), const char *format, va_list arguments);

/* The kernel's own symbols, which the boot loader left in memory; names for backtraces. */
struct elf_symbol {
    uint32_t name;
    uint8_t info, other;
    uint16_t section;
    uint64_t value, size;
};

void panic_set_symbols(const struct elf_symbol *table, size_t count, const char *names,
                       size_t names_bytes);
