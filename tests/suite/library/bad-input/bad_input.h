/*
 * Bad input to the C library. A call is a row of calls.c: its name, how it is made, and the kind of
 * each argument. A kind is a row of kinds.c: a good value, and lists of wrong ones, each with what
 * must come of it. The rule that those follow is that of docs/library/README.md.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define ARGUMENTS_MAX 6
#define OUTCOMES_MAX 4

/* Outcomes: an errno, DIES(signal), or FINE for what is unusual but no mistake. */
#define FINE 1000
#define DIES(signal) (-(signal))

/* What main() maps and opens at places that tables can name. */
#define BUFFER 0x10000000ul /* two pages to read and write; behind them is nothing */
#define BUFFER_BYTES 0x2000ul
#define EDGE (BUFFER + BUFFER_BYTES - 16) /* text without an end */
#define READ_ONLY_PAGE 0x10010000ul
#define MAPPED 0x10020000ul /* two anonymous pages */
#define UNMAPPED 0x10030000ul
enum {
    FILE_DESCRIPTOR = 10, /* for reading and writing */
    READ_ONLY_DESCRIPTOR,
    WRITE_ONLY_DESCRIPTOR,
    DIRECTORY_DESCRIPTOR,
    CLOSED_DESCRIPTOR
};
#define FILE_NAME "bad-input.file"
#define DIRECTORY_NAME "bad-input.directory"
#define LINK_NAME "bad-input.link"
#define NEW_NAME "bad-input.new"
#define OWN_CHILD 0x7ffffff0 /* stands for a child that the call's row starts */

struct wrong_value {
    const char *name; /* NULL: the end of the list */
    uint64_t value;
    int outcomes[OUTCOMES_MAX]; /* any of them */
};

struct argument_kind {
    uint64_t good;
    const struct wrong_value *lists[3];
};

/* NO_ARGUMENT ends a call's arguments. */
enum kind {
    NO_ARGUMENT,
    /* paths */
    FILE_PATH,
    DIRECTORY_PATH,
    LINK_PATH,
    NEW_PATH,
    ANY_NEW_PATH, /* may exist */
    LINK_TARGET,
    PROGRAM_PATH,
    /* memory that the library follows */
    TEXT, /* read to its end */
    TEXT_PART,
    PRINTED_TEXT,
    RESULT,
    OPTIONAL_RESULT,
    STREAM_MODE,
    DURATION,
    ARGUMENT_VECTOR,
    /* memory that the system reads and writes */
    BUFFER_IN,
    BUFFER_OUT,
    /* numbers */
    COUNT,
    LINK_CAPACITY,
    DIRECTORY_CAPACITY,
    OFFSET,
    WRITE_OFFSET,
    POSITION,
    WHENCE,
    FILE_LENGTH,
    HEAP_BYTES,
    ALIGNMENT,
    /* descriptors */
    ANY_DESCRIPTOR,
    READ_DESCRIPTOR,
    WRITE_DESCRIPTOR,
    SEEK_DESCRIPTOR,
    LENGTH_DESCRIPTOR,
    MAP_DESCRIPTOR,
    NEW_DESCRIPTOR,
    /* mappings */
    MAPPING,
    UNMAPPING,
    FIXED_ADDRESS,
    MAPPING_LENGTH,
    MAP_OFFSET,
    PROTECTION,
    MAP_FLAGS,
    ADVICE,
    SYNC_FLAGS,
    REMAP_FLAGS,
    BREAK,
    BREAK_INCREMENT,
    /* processes and time */
    WAIT_PID,
    WAIT_OPTIONS,
    KILL_PID,
    GROUP_PID,
    SIGNAL,
    CLOCK,
    KINDS
};
extern const struct argument_kind kinds[KINDS];

struct library_call {
    const char *name;
    /* Negative with errno, or what the call gives. */
    int64_t (*make)(const uint64_t *argument);
    enum kind arguments[ARGUMENTS_MAX];
    int outcome; /* with only good arguments */
};
extern const struct library_call library_calls[];
extern const size_t library_call_count;

/* Strings that main() fills. */
extern char long_name[300], long_path[5000], long_argument[200000];
