/* Output of the Pintos-compatible library: text is gathered and written in one piece. */
#include <debug.h>
#include <quire/format.h>
#include <stdio.h>
#include <string.h>
#include <syscall.h>

/* Longer output goes out in pieces of this size. */
#define GATHERED_BYTES 1024

struct gathered {
    int descriptor;
    size_t length;
    char bytes[GATHERED_BYTES];
};

static void flush(struct gathered *gathered)
{
    if (gathered->length > 0)
        write(gathered->descriptor, gathered->bytes, (unsigned)gathered->length);
    gathered->length = 0;
}

static void gather(void *context, const char *bytes, size_t length)
{
    struct gathered *gathered = context;
    while (length > 0) {
        if (gathered->length == GATHERED_BYTES)
            flush(gathered);
        size_t room = GATHERED_BYTES - gathered->length;
        size_t part = length < room ? length : room;
        memcpy(gathered->bytes + gathered->length, bytes, part);
        gathered->length += part;
        bytes += part;
        length -= part;
    }
}

int vhprintf(int descriptor, const char *format, va_list arguments)
{
    struct gathered gathered;
    gathered.descriptor = descriptor;
    gathered.length = 0;
    size_t length = format_to_sink(gather, &gathered, format, arguments);
    flush(&gathered);
    return (int)length;
}

int hprintf(int descriptor, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vhprintf(descriptor, format, arguments);
    va_end(arguments);
    return length;
}

int vprintf(const char *format, va_list arguments)
{
    return vhprintf(STDOUT_FILENO, format, arguments);
}

int printf(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vprintf(format, arguments);
    va_end(arguments);
    return length;
}

int vsnprintf(char *buffer, size_t size, const char *format, va_list arguments)
{
    return (int)format_string_list(buffer, size, format, arguments);
}

int snprintf(char *buffer, size_t size, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(buffer, size, format, arguments);
    va_end(arguments);
    return length;
}

int putchar(int character)
{
    char byte = (char)character;
    write(STDOUT_FILENO, &byte, 1);
    return character;
}

int puts(const char *string)
{
    printf("%s\n", string);
    return 0;
}

void hex_dump(uintptr_t offset, const void *memory, size_t size, bool ascii)
{
    enum { PER_LINE = 16 };
    const unsigned char *bytes = memory;
    while (size > 0) {
        size_t first = offset % PER_LINE;
        size_t count = PER_LINE - first < size ? PER_LINE - first : size;
        char line[128];
        size_t length = format_string(line, sizeof line, "%08jx  ", (uintmax_t)(offset - first));
        for (size_t column = 0; column < PER_LINE; column++) {
            char separator = column == PER_LINE / 2 - 1 ? '-' : ' ';
            if (column >= first + count && !ascii)
                break;
            if (column < first || column >= first + count)
                length += format_string(line + length, sizeof line - length, "   ");
            else
                length += format_string(line + length, sizeof line - length, "%02hhx%c",
                                        bytes[column - first], separator);
        }
        if (ascii) {
            line[length++] = '|';
            for (size_t column = 0; column < PER_LINE; column++) {
                bool shown = column >= first && column < first + count;
                unsigned char byte = shown ? bytes[column - first] : ' ';
                line[length++] = byte >= 32 && byte < 127 ? (char)byte : '.';
            }
            line[length++] = '|';
        }
        line[length++] = '\n';
        write(STDOUT_FILENO, line, (unsigned)length);
        bytes += count;
        offset += count;
        size -= count;
    }
}

void print_human_readable_size(uint64_t size)
{
    static const char *const units[] = {"bytes", "kB", "MB", "GB", "TB"};
    unsigned unit = 0;
    if (size == 1) {
        printf("1 byte");
        return;
    }
    while (size >= 1024 && unit < sizeof units / sizeof *units - 1) {
        size /= 1024;
        unit++;
    }
    printf("%lu %s", (unsigned long)size, units[unit]);
}

void debug_panic(const char *file, int line, const char *function, const char *message, ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, message);
    vsnprintf(text, sizeof text, message, arguments);
    va_end(arguments);
    printf("User process ABORT at %s:%d in %s(): %s\n", file, line, function, text);
    exit(1);
}
