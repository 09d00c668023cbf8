/*
 * Recording what policies see and say: <quire/trace.h> has the format. Off, it costs a look at
 * trace_on.
 *
 * Records go into a ring of wired frames and from there to the second serial port
 * (trace=serial) or, at the end, to init, which writes them to a file (trace=/PATH). What the
 * ring has no room for is counted, in the stream.
 */
#pragma once

#include <quire/boot_information.h>
#include <quire/trace.h>
#include <stdbool.h>

struct group;
struct page;

extern bool trace_on;

/* Before the first group is made. Without the option trace= nothing is allocated. */
void trace_boot(const struct boot_information *information);
/* The counts of each group and the end; nothing is recorded after it. */
void trace_finish(void);

/* One record; group: whom it is about (NULL: nobody). Fields that are 0 at the end are left out. */
void trace_write(const struct group *group, enum trace_type type, const uint64_t *fields,
                 size_t count);
/* With a text behind the fields, which are all written. */
void trace_write_text(const struct group *group, enum trace_type type, const uint64_t *fields,
                      size_t count, const char *text, size_t length);
void trace_group_counts(struct group *group);
void trace_group_ended(const struct group *group);
/* The clock, now. */
void trace_clock(void);
/* A fault was answered: enum trace_fault. */
void trace_fault_seen(const struct group *group, enum trace_fault kind, uint32_t space,
                      uint64_t address, bool write);

#define TRACE(group, type, ...)                                      \
    do {                                                             \
        if (__builtin_expect(trace_on, 0)) {                         \
            const uint64_t trace_fields[] = {0, ##__VA_ARGS__};      \
            trace_write(group, type, trace_fields + 1,               \
                        sizeof trace_fields / sizeof(uint64_t) - 1); \
        }                                                            \
    } while (0)

/* ---- the ring, for trace_output.c */
/* Bytes that can be taken from `*bytes` on in one piece; 0: it is empty. */
uint64_t trace_bytes(const uint8_t **bytes);
void trace_taken(uint64_t count);
/* Half full, and less than a quarter full: when sending begins and ends. */
bool trace_half_full(void);
bool trace_nearly_empty(void);

/* ---- trace_output.c */
/* Finds the serial port, when the option wants it. After the pager's objects were made. */
void trace_output_boot(void);
void trace_output_start(void);
void trace_output_interrupt(void); /* PAGER_BIT_TRACE */
/* Ends the trace and waits until the port has taken it, as long as it takes any. */
void trace_output_finish(void);
