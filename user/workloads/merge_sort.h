/*
 * External merge sort of records in memory that may be larger than the frames: runs that fit are
 * sorted, then merged, `fan_in` at a time, from one area into the other until one run is left.
 *
 *      area   |  run 0  |  run 1  |  run 2  |  run 3  |  run 4  |    sorted in place
 *      spare  |  runs 0, 1, 2               |  runs 3, 4        |    fan_in 3
 *      area   |  all                                            |
 *
 * Stable. Each pass reads and writes everything once, in order.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct sort_record {
    uint64_t key;
    uint64_t sequence; /* what the caller wants to find with the key */
};

struct merge_sort {
    struct sort_record *area, *spare; /* of `count` records each */
    size_t count;
    struct sort_record *scratch; /* of `run` records */
    size_t run;                  /* records that are sorted at once, at least 1 */
    size_t fan_in;               /* runs that are merged at once, at least 2 */
};

/* Sorts and returns where the result is, area or spare; NULL when malloc() has no memory for the
   heads of the runs. */
struct sort_record *merge_sort(const struct merge_sort *sort);
