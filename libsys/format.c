/*
 * The formatter behind format_string() and the C library's printf: see quire/format.h.
 *
 * A directive is decoded into a struct directive, its text is produced as a prefix (sign,
 * 0x), zeros and a body, and one function pads and emits it. Nothing is buffered but the
 * digits of one number, so there is no limit on a width or a string.
 */
#include <quire/format.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* 22 octal digits, or 20 decimal ones with 6 commas. */
#define DIGITS_MAX 32

struct output {
    format_sink sink;
    void *context;
    size_t length;
};

struct directive {
    bool left, zero, plus, space, alternate, group;
    size_t width;
    bool has_precision;
    size_t precision;
    unsigned bytes; /* size of an integer argument */
    char conversion;
};

static void emit(struct output *output, const char *bytes, size_t length)
{
    if (length == 0)
        return;
    output->sink(output->context, bytes, length);
    output->length += length;
}

static void emit_repeated(struct output *output, char byte, size_t count)
{
    char bytes[32];
    memset(bytes, byte, sizeof bytes);
    while (count > 0) {
        size_t part = count < sizeof bytes ? count : sizeof bytes;
        emit(output, bytes, part);
        count -= part;
    }
}

/* Pads to the width: spaces before or behind, or, asked for and allowed, zeros inside. */
static void emit_padded(struct output *output, const struct directive *directive,
                        const char *prefix, size_t zeros, const char *body, size_t body_length,
                        bool pad_with_zeros)
{
    size_t prefix_length = strlen(prefix);
    size_t length = prefix_length + zeros + body_length;
    size_t padding = directive->width > length ? directive->width - length : 0;

    if (pad_with_zeros) {
        zeros += padding;
        padding = 0;
    }
    if (!directive->left)
        emit_repeated(output, ' ', padding);
    emit(output, prefix, prefix_length);
    emit_repeated(output, '0', zeros);
    emit(output, body, body_length);
    if (directive->left)
        emit_repeated(output, ' ', padding);
}

/* Writes digits backwards from `end`; returns their begin. No digit at all for 0. */
static char *put_digits(char *end, uint64_t value, unsigned base, bool upper, bool group)
{
    const char *digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
    for (unsigned count = 0; value > 0; count++) {
        if (group && count > 0 && count % 3 == 0)
            *--end = ',';
        *--end = digits[value % base];
        value /= base;
    }
    return end;
}

static void emit_number(struct output *output, const struct directive *directive, uint64_t value,
                        bool negative)
{
    bool is_signed = directive->conversion == 'd' || directive->conversion == 'i';
    bool hexadecimal = directive->conversion == 'x' || directive->conversion == 'X' ||
                       directive->conversion == 'p';
    unsigned base = hexadecimal ? 16 : directive->conversion == 'o' ? 8 : 10;
    bool upper = directive->conversion == 'X';
    char digits[DIGITS_MAX];
    char *end = digits + sizeof digits;
    char *begin = put_digits(end, value, base, upper, directive->group && base == 10);
    size_t count = (size_t)(end - begin);

    /* The precision is the least number of digits; 0 with precision 0 prints none. */
    size_t minimum = directive->has_precision ? directive->precision : 1;
    size_t zeros = minimum > count ? minimum - count : 0;
    if (base == 8 && directive->alternate && zeros == 0)
        zeros = 1;

    const char *prefix = "";
    if (hexadecimal && directive->alternate && value != 0)
        prefix = upper ? "0X" : "0x";
    else if (is_signed)
        prefix = negative ? "-" : directive->plus ? "+" : directive->space ? " " : "";

    bool pad_with_zeros = directive->zero && !directive->left && !directive->has_precision;
    emit_padded(output, directive, prefix, zeros, begin, count, pad_with_zeros);
}

static void emit_string(struct output *output, const struct directive *directive,
                        const char *string)
{
    if (string == NULL)
        string = "(null)";
    size_t limit = directive->has_precision ? directive->precision : SIZE_MAX;
    emit_padded(output, directive, "", 0, string, strnlen(string, limit), false);
}

static const char *parse_flags(const char *format, struct directive *directive)
{
    for (;; format++) {
        switch (*format) {
        case '-': directive->left = true; break;
        case '0': directive->zero = true; break;
        case '+': directive->plus = true; break;
        case ' ': directive->space = true; break;
        case '#': directive->alternate = true; break;
        case '\'': directive->group = true; break;
        default: return format;
        }
    }
}

/* A number that would overflow stops growing: nobody prints that much. */
static const char *parse_number(const char *format, size_t *number)
{
    *number = 0;
    for (; *format >= '0' && *format <= '9'; format++)
        if (*number < INT32_MAX / 10)
            *number = *number * 10 + (size_t)(*format - '0');
    return format;
}

static const char *parse_length(const char *format, struct directive *directive)
{
    directive->bytes = sizeof(int);
    switch (*format) {
    case 'h':
        directive->bytes = format[1] == 'h' ? sizeof(char) : sizeof(short);
        return format + (format[1] == 'h' ? 2 : 1);
    case 'l':
        directive->bytes = sizeof(long long); /* and long, which is as wide */
        return format + (format[1] == 'l' ? 2 : 1);
    case 'z':
    case 'j':
    case 't': directive->bytes = sizeof(uint64_t); return format + 1;
    default: return format;
    }
}

/* An argument narrower than int was promoted: back to its own width. */
static uint64_t to_width(uint64_t value, unsigned bytes, bool is_signed)
{
    if (bytes == 8)
        return value;
    unsigned shift = 64 - 8 * bytes;
    return is_signed ? (uint64_t)((int64_t)(value << shift) >> shift) : value << shift >> shift;
}

struct arguments {
    va_list list; /* in a structure, because an array type decays when passed on */
};

static uint64_t next_integer(struct arguments *arguments, unsigned bytes, bool is_signed)
{
    uint64_t value = bytes == 8 ? va_arg(arguments->list, uint64_t)
                                : (uint64_t)va_arg(arguments->list, unsigned);
    return to_width(value, bytes, is_signed);
}

/* Decodes the directive behind a '%', width and precision arguments included. */
static const char *parse_directive(const char *format, struct directive *directive,
                                   struct arguments *arguments)
{
    *directive = (struct directive){.width = 0};
    format = parse_flags(format, directive);
    if (*format == '*') {
        int width = va_arg(arguments->list, int);
        directive->left |= width < 0;
        directive->width = width < 0 ? 0u - (unsigned)width : (unsigned)width;
        format++;
    } else {
        format = parse_number(format, &directive->width);
    }
    if (*format == '.') {
        directive->has_precision = true;
        format++;
        if (*format == '*') {
            int precision = va_arg(arguments->list, int);
            directive->has_precision = precision >= 0;
            directive->precision = precision < 0 ? 0 : (size_t)precision;
            format++;
        } else {
            format = parse_number(format, &directive->precision);
        }
    }
    format = parse_length(format, directive);
    directive->conversion = *format;
    return *format == '\0' ? format : format + 1;
}

static void emit_directive(struct output *output, struct directive *directive,
                           struct arguments *arguments, const char *text, size_t text_length)
{
    switch (directive->conversion) {
    case 'd':
    case 'i': {
        int64_t value = (int64_t)next_integer(arguments, directive->bytes, true);
        uint64_t magnitude = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
        emit_number(output, directive, magnitude, value < 0);
        break;
    }
    case 'u':
    case 'o':
    case 'x':
    case 'X':
        emit_number(output, directive, next_integer(arguments, directive->bytes, false), false);
        break;
    case 'p':
        directive->alternate = true;
        emit_number(output, directive, (uintptr_t)va_arg(arguments->list, void *), false);
        break;
    case 'c': {
        char byte = (char)va_arg(arguments->list, int);
        emit_padded(output, directive, "", 0, &byte, 1, false);
        break;
    }
    case 's': emit_string(output, directive, va_arg(arguments->list, const char *)); break;
    case '%': emit(output, "%", 1); break;
    default: emit(output, text, text_length); break;
    }
}

size_t format_to_sink(format_sink sink, void *context, const char *format, va_list list)
{
    struct output output = {sink, context, 0};
    struct arguments arguments;
    va_copy(arguments.list, list);

    while (*format != '\0') {
        size_t plain = strcspn(format, "%");
        emit(&output, format, plain);
        format += plain;
        if (*format == '\0')
            break;
        struct directive directive;
        const char *begin = format;
        format = parse_directive(format + 1, &directive, &arguments);
        emit_directive(&output, &directive, &arguments, begin, (size_t)(format - begin));
    }
    va_end(arguments.list);
    return output.length;
}

/* ---------------------------------------------------------------- into a buffer */

struct bounded_buffer {
    char *next;
    size_t room; /* without the terminator */
};

static void bounded_sink(void *context, const char *bytes, size_t length)
{
    struct bounded_buffer *buffer = context;
    size_t part = length < buffer->room ? length : buffer->room;
    memcpy(buffer->next, bytes, part);
    buffer->next += part;
    buffer->room -= part;
}

size_t format_string_list(char *buffer, size_t capacity, const char *format, va_list arguments)
{
    char nothing[1];
    struct bounded_buffer bounded = {capacity > 0 ? buffer : nothing,
                                     capacity > 0 ? capacity - 1 : 0};
    size_t length = format_to_sink(bounded_sink, &bounded, format, arguments);
    *bounded.next = '\0';
    return length;
}

size_t format_string(char *buffer, size_t capacity, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    size_t length = format_string_list(buffer, capacity, format, arguments);
    va_end(arguments);
    return length;
}
