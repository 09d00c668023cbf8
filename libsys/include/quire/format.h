/*
 * printf-style formatting without a stream: for servers, and the engine of the C library's
 * printf family. Integers, characters and strings; no floating point.
 *
 *      %[flags][width][.precision][length]conversion
 *
 *      flags       - 0 + space #, and ' which groups decimal digits by thousands: 1,234,567
 *      width       a number or *; precision the same
 *      length      hh h l ll z j t
 *      conversion  d i u o x X c s p %;  %p is %#x of the pointer
 *
 * A directive that is none of these is copied as it stands and takes no argument.
 */
#pragma once

#include <stdarg.h>
#include <stddef.h>

/* Where the output goes, in pieces of at least one byte, in order. */
typedef void (*format_sink)(void *context, const char *bytes, size_t length);

/* Returns how many bytes went to the sink. */
size_t format_to_sink(format_sink sink, void *context, const char *format, va_list arguments);

/*
 * As snprintf: always terminated (unless capacity is 0), never more than capacity bytes;
 * returns the length that the whole text has.
 */
size_t format_string(char *buffer, size_t capacity, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
size_t format_string_list(char *buffer, size_t capacity, const char *format, va_list arguments)
    __attribute__((format(printf, 3, 0)));
