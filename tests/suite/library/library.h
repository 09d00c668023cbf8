/*
 * What the tests of the C library are built on. main() is in main.c: it prints `(name) begin`, calls
 * test_main() and prints `(name) end`. In between stands a line for each promise that was kept.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define LENGTH_OF(array) (sizeof(array) / sizeof *(array))

extern const char *test_name;

void test_main(void);

/* Tells which check failed, and ends the process with status 1. */
#define CHECK(condition) ((condition) ? (void)0 : check_failed(__FILE__, __LINE__, #condition))
_Noreturn void check_failed(const char *file, int line, const char *condition);

/* `(name) text`: all that belongs to the promise was checked. */
void kept(const char *promise);

/* Runs `body` in a child and returns what waitpid() says of its end. */
int status_of_child(void (*body)(void));
/* The same, and the child must call exit(status). */
void check_child_exits(void (*body)(void), int status);

/* What the program does when it is started with arguments; 33 unless the test has its own. */
int executed_again(int argc, char *argv[]);
