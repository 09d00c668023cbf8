/*
 * The console, as the pager uses it: records out, bytes in. See console.c.
 */
#pragma once

#include "request.h"
#include <stdbool.h>

struct address_space;

/* The longest text that one record carries. */
#define CONSOLE_RECORD_BYTES (32u * 1024 - 4)

/* `area`: CONSOLE_AREA_BYTES, formatted here, shared with the console server. */
void console_boot(void *area, uint32_t notification_of_console);
void console_interrupt(void); /* PAGER_BIT_CONSOLE */
/* Tells the console about new records, once for many. The event loop calls it before it waits. */
void console_flush(void);
bool console_started(void);
/* Everything was taken by the console server. */
bool console_drained(void);
/* The console server is gone: output is dropped from now on, readers get end of file. */
void console_fail(void);

/* A write and a read of a program: steps, with the words of PAGER_READ and PAGER_WRITE. */
enum request_status console_write(struct request *request, uint64_t buffer, uint64_t length);
enum request_status console_read(struct request *request, uint64_t buffer, uint64_t length,
                                 uint64_t stack_pointer);

/* Straight to the first serial port, for messages before the console runs or when it cannot. */
void console_emergency(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* ---- capture.c: what the console shows, copied to init as well */
void capture_record(const void *bytes, size_t length);
/* Records are for init alone. */
bool capture_is_quiet(void);
