/* The frame of a memory test: lines, checks, promises. */
#include "promise.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

const char *test_name = "";

void say(const char *format, ...)
{
    char line[256];
    int start = snprintf(line, sizeof line, "(%s) ", test_name);
    va_list arguments;
    va_start(arguments, format);
    int length =
        start + vsnprintf(line + start, sizeof line - (size_t)start - 1, format, arguments);
    va_end(arguments);
    if (length > (int)sizeof line - 2)
        length = (int)sizeof line - 2;
    line[length++] = '\n';
    write(STDOUT_FILENO, line, (size_t)length);
}

_Noreturn void check_failed(const char *file, int line, const char *what)
{
    int error = errno;
    say("not so: %s (%s:%d; errno: %s)", what, file, line, strerror(error));
    _exit(1);
}

static void say_kept(const char *name)
{
    char words[128];
    snprintf(words, sizeof words, "%s", name);
    for (char *at = words; *at != '\0'; at++) {
        if (*at == '_')
            *at = ' ';
    }
    say("%s", words);
}

int keep_promises(const char *program, const struct promise *promises, size_t count)
{
    test_name = program;
    say("begin");
    for (size_t i = 0; i < count; i++) {
        promises[i].keep();
        say_kept(promises[i].name);
    }
    say("end");
    return 0;
}
