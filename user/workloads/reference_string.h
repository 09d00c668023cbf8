/*
 * Reference strings: rows of page numbers, made from a few numbers, the same on every machine. The
 * program refs touches them in the guest, the simulator replays them on the host.
 *
 *      struct string_plan plan;
 *      string_plan_begin(&plan, "zipf"); ... parameters ...; string_plan_finish(&plan, message);
 *      string_begin(&string, &plan);
 *      while (string_next(&string, &page)) ...
 *      string_end(&string);
 *
 * Sizes that are not given come from `frames`. With the defaults, loop, zipf and scan are the strings
 * with the check values 5a74a07e61ef2383, f3899ba899b549ac and 0b828f7594ebab71 for 4,096 frames.
 */
#pragma once

#include "parameters.h"
#include "zipf.h"

/* Where the random numbers of a string begin, and those of the order of its pages. */
#define STRING_ORIGIN 88172645463325252ull
#define STRING_PERMUTATION_ORIGIN 0x9e3779b97f4a7c15ull

/* What a kind of string may take. */
enum string_value {
    STRING_FRAMES,
    STRING_SEED,
    STRING_COUNT,
    STRING_PREFILL,
    STRING_PAGES,
    STRING_EXPONENT,
    STRING_HOT,
    STRING_TOUCHES,
    STRING_SETS,
    STRING_STEP,
    STRING_LENGTH,
    STRING_LOOP,
    STRING_WINDOW,
    STRING_DRIFT,
    STRING_SCALE,
    STRING_VALUES
};

struct string_plan {
    const struct string_kind *kind;
    uint64_t value[STRING_VALUES];
    /* Those of this kind, for parameter_read(). The last entry has no name. */
    struct parameter parameters[STRING_VALUES + 1];
};

struct string_generator {
    struct string_plan plan;
    uint64_t filled; /* pages of the prefill that were given */
    uint64_t done;
    struct random_stream random;
    struct zipf zipf;
    uint32_t
        *pages; /* the page of each rank, the successor of each page, or the latest used first */
    uint32_t length;   /* of `pages`, where it grows */
    uint64_t position; /* page of the chase; of the window, in hundredths of a page */
};

struct string_kind {
    const char *name, *meaning;
    uint32_t takes; /* a bit for each string_value */
    void (*defaults)(uint64_t *value);
    /* Page numbers are below this. */
    uint64_t (*span)(const uint64_t *value);
    bool (*begin)(struct string_generator *string); /* NULL: nothing to do; false: no memory */
    uint32_t (*next)(struct string_generator *string);
};

/* NULL ends it. */
extern const struct string_kind *const string_kinds[];

/* False: there is no such kind. */
bool string_plan_begin(struct string_plan *plan, const char *kind);
/* Takes over the parameters and puts in what was not given. False: `message` says what is wrong. */
bool string_plan_finish(struct string_plan *plan, char message[PARAMETER_MESSAGE_BYTES]);
/* All of it from "KIND name=value ...", as one line. */
bool string_plan_read(struct string_plan *plan, const char *line,
                      char message[PARAMETER_MESSAGE_BYTES]);
/* Page numbers of the string are below this, which is at most 2^31. */
uint32_t string_span(const struct string_plan *plan);

/* False: no memory. */
bool string_begin(struct string_generator *string, const struct string_plan *plan);
/* False: that was all. */
bool string_next(struct string_generator *string, uint32_t *page);
void string_end(struct string_generator *string);
