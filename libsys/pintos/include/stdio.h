/* Output for Pintos programs. Each call of printf and puts ends in one write() of its text. */
#pragma once

#include <debug.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STDIN_FILENO 0
#define STDOUT_FILENO 1

int printf(const char *format, ...) PRINTF_FORMAT(1, 2);
int vprintf(const char *format, va_list arguments) PRINTF_FORMAT(1, 0);
int snprintf(char *buffer, size_t size, const char *format, ...) PRINTF_FORMAT(3, 4);
int vsnprintf(char *buffer, size_t size, const char *format, va_list arguments) PRINTF_FORMAT(3, 0);
int hprintf(int descriptor, const char *format, ...) PRINTF_FORMAT(2, 3);
int vhprintf(int descriptor, const char *format, va_list arguments) PRINTF_FORMAT(2, 0);
int putchar(int character);
int puts(const char *string);

/* Lines of 16 bytes: offset (counting from `offset`), hexadecimal and, with `ascii`, characters. */
void hex_dump(uintptr_t offset, const void *memory, size_t size, bool ascii);

/* 2048 -> "2 kB": a size for people to read, rounded down. */
void print_human_readable_size(uint64_t size);
