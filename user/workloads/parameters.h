/*
 * Words of the form name=value on a command line, read into a table of those that are known.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PARAMETER_MESSAGE_BYTES 256

struct parameter {
    const char *name; /* NULL ends a table */
    const char *meaning;
    const char *choices; /* "read|write": the value is the index of one of them; NULL: a number */
    uint64_t value;      /* not given: what was there before, the default */
    bool given;
};

/* False: `message` says what is wrong with the word. */
bool parameter_read(struct parameter *table, const char *word,
                    char message[PARAMETER_MESSAGE_BYTES]);
/* What was chosen, as a word. */
const char *parameter_choice(const struct parameter *parameter, char *buffer, size_t bytes);
