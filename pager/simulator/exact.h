/*
 * What only a simulator can do: exact LRU for all sizes in one pass, and Belady's MIN, which knows
 * the future.
 */
#pragma once

#include "failure.h"
#include "reference_trace.h"

#include <stdatomic.h>

/*
 * The misses of exact LRU with 0, 1, ... `pages` frames: misses[frames]. The stack distance of a
 * reference is the number of different pages since the last one to its page, itself included; it
 * hits in every memory of at least so many frames (Mattson et al., 1970). O(log pages) a reference.
 */
struct lru_curve {
    uint32_t pages;
    uint64_t references;
    uint64_t *misses; /* pages + 1 of them; from there on nothing changes */
};

bool lru_curve_make(struct lru_curve *curve, const struct reference_string *string,
                    _Atomic uint64_t *done, struct failure *failure);
uint64_t lru_curve_misses(const struct lru_curve *curve, uint64_t frames);
void lru_curve_free(struct lru_curve *curve);
uint64_t lru_curve_bytes(uint64_t pages);

/*
 * next[i]: the position of the next reference to the same page, or NEVER_AGAIN. One word a
 * reference, shared by all sizes.
 */
#define NEVER_AGAIN UINT32_MAX

bool next_uses(struct word_store *next, const struct reference_string *string,
               struct failure *failure);
/* Belady's MIN: every miss is inserted, the page whose next use is farthest goes. */
bool min_misses(const struct reference_string *string, const struct word_store *next,
                uint64_t frames, uint64_t *misses, _Atomic uint64_t *done, struct failure *failure);
uint64_t min_bytes(uint64_t frames, uint64_t pages);
