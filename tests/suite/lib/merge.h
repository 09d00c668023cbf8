/* Sorting a buffer of random bytes in files, by children, and merging the sorted runs. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct merge_plan {
    size_t chunk_bytes, chunk_count;
    const char *child; /* sorts the file that is its argument */
    int child_status;  /* what it exits with */
    int at_once;       /* 1: all children run together, each on a file of its own */
};

/* `runs` and `merged` hold chunk_bytes * chunk_count bytes each. */
void merge_with_children(const struct merge_plan *plan, uint8_t *runs, uint8_t *merged);
