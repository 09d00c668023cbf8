/* Messages, comparisons and children: see suite.h. */
#include "suite.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *test_name = "test";
bool quiet = false;

static void print_line(const char *format, va_list arguments, const char *suffix)
{
    static char line[1024];
    size_t length = (size_t)snprintf(line, sizeof line, "(%s) ", test_name);
    length += (size_t)vsnprintf(line + length, sizeof line - length, format, arguments);
    if (length > sizeof line)
        length = sizeof line;
    length += strlcpy(line + length, suffix, sizeof line - length);
    write(STDOUT_FILENO, line, (unsigned)length);
}

void msg(const char *format, ...)
{
    va_list arguments;
    if (quiet)
        return;
    va_start(arguments, format);
    print_line(format, arguments, "\n");
    va_end(arguments);
}

void fail(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    print_line(format, arguments, ": FAILED\n");
    va_end(arguments);
    exit(1);
}

void compare_bytes(const void *actual, const void *expected, size_t size, size_t offset,
                   const char *file_name)
{
    const unsigned char *is = actual, *should_be = expected;
    if (memcmp(actual, expected, size) == 0)
        return;
    size_t index = 0;
    while (is[index] == should_be[index])
        index++;
    quiet = false;
    fail("byte %zu of \"%s\" is %02hhx and should be %02hhx", offset + index, file_name, is[index],
         should_be[index]);
}

void check_open_file(int descriptor, const char *file_name, const void *expected, size_t size,
                     size_t block)
{
    static unsigned char buffer[4096];
    const unsigned char *next = expected;
    size_t offset = 0;
    if (block == 0)
        block = 512;
    if (filesize(descriptor) != (int)size)
        fail("\"%s\" has %d bytes and should have %zu", file_name, filesize(descriptor), size);
    while (offset < size) {
        size_t count = size - offset < block ? size - offset : block;
        int done = read(descriptor, buffer, (unsigned)count);
        if (done != (int)count)
            fail("read of %zu bytes at %zu of \"%s\" gave %d", count, offset, file_name, done);
        compare_bytes(buffer, next + offset, count, offset, file_name);
        offset += count;
    }
    if (read(descriptor, buffer, 1) != 0)
        fail("\"%s\" goes on after its end", file_name);
}

int open_file(const char *file_name)
{
    int descriptor;
    CHECK((descriptor = open(file_name)) > 1, "open \"%s\"", file_name);
    return descriptor;
}

void check_file(const char *file_name, const void *expected, size_t size)
{
    int descriptor;
    CHECK((descriptor = open(file_name)) > 1, "open \"%s\" to compare it", file_name);
    check_open_file(descriptor, file_name, expected, size, 0);
    msg("\"%s\" has the right contents", file_name);
    close(descriptor);
}

void start_children(const char *program, pid_t pids[], size_t count)
{
    for (size_t index = 0; index < count; index++) {
        char command[128];
        snprintf(command, sizeof command, "%s %zu", program, index);
        pids[index] = fork(program);
        if (pids[index] == 0) {
            exec(command);
            exit(-1);
        }
        CHECK(pids[index] != PID_ERROR, "start child %zu of %zu: \"%s\"", index + 1, count,
              command);
    }
}

void wait_children(const pid_t pids[], size_t count)
{
    for (size_t index = 0; index < count; index++) {
        int status = wait(pids[index]);
        CHECK(status == (int)index, "wait for child %zu of %zu: status %d", index + 1, count,
              status);
    }
}
