/*
 * What every program of the suite is built on.
 *
 * main() is in main.c: it prints `(name) begin`, seeds the generator with 0, calls
 * test_main(), prints `(name) end` and returns 0. Children that are started by a test have a
 * main of their own and set test_name themselves.
 *
 * CHECK announces, then does: a reader of the transcript sees what was tried last.
 */
#pragma once

#include <debug.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <syscall.h>

#define PAGE_BYTES 4096
#define LENGTH_OF(array) (sizeof(array) / sizeof *(array))

extern const char *test_name;
/* true: msg() prints nothing; failures are still printed. */
extern bool quiet;

void test_main(void);

/* One line `(name) text`, in one write. */
void msg(const char *format, ...) PRINTF_FORMAT(1, 2);
/* `(name) text: FAILED`, and the end of the program with status 1. */
void fail(const char *format, ...) PRINTF_FORMAT(1, 2) NO_RETURN;

#define CHECK(condition, ...)  \
    do {                       \
        msg(__VA_ARGS__);      \
        if (!(condition))      \
            fail(__VA_ARGS__); \
    } while (0)

/* Fails naming the first byte that differs. */
void compare_bytes(const void *actual, const void *expected, size_t size, size_t offset,
                   const char *file_name);
/* The open file's length and contents, read in pieces of at most `block` bytes (0: 512). */
void check_open_file(int descriptor, const char *file_name, const void *expected, size_t size,
                     size_t block);
/* The same with open and close, announced. */
void check_file(const char *file_name, const void *expected, size_t size);
/* Opens or fails, announced. */
int open_file(const char *file_name);

/* Starts `count` children that run "program INDEX", announced; then waits for each in order and
   checks that it exits with its index. */
void start_children(const char *program, pid_t pids[], size_t count);
void wait_children(const pid_t pids[], size_t count);
