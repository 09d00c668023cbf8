/*
 * The end of a server that found its own invariants broken, and debug output.
 */
#include <quire/format.h>
#include <quire/server.h>
#include <quire/system_call.h>
#include <stdarg.h>

#define DEBUG_LINE_BYTES 512

static void debug_write(const char *bytes, size_t length)
{
#if QUIRE_DEBUG
    sys_debug_write(bytes, length);
#else
    (void)bytes;
    (void)length;
#endif
}

void server_debug(const char *format, ...)
{
    char line[DEBUG_LINE_BYTES];
    va_list arguments;
    va_start(arguments, format);
    size_t length = format_string_list(line, sizeof line, format, arguments);
    va_end(arguments);
    debug_write(line, length < sizeof line ? length : sizeof line - 1);
}

void server_panic(const char *format, ...)
{
    /* Static: the stack may be what is broken, and the message outlives the server. */
    static char message[DEBUG_LINE_BYTES];
    va_list arguments;
    va_start(arguments, format);
    size_t length = format_string_list(message, sizeof message - 1, format, arguments);
    va_end(arguments);
    if (length > sizeof message - 2)
        length = sizeof message - 2;
    message[length] = '\n';
    message[length + 1] = '\0';
    debug_write(message, length + 1);
    __asm__ volatile("ud2" : : "D"(message) : "memory");
    __builtin_unreachable();
}
