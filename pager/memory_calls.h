/*
 * What the memory calls share: decoding of ranges, and bringing pages in. Private to them.
 */
#pragma once

#include "region.h"

static inline enum request_status memory_done(struct request *request, int32_t result)
{
    request->result = result;
    return REQUEST_DONE;
}

/* Words 0 and 1 as a range of whole pages that a program may have. False: misaligned, empty or beyond. */
bool memory_range(const struct request *request, uint64_t *start, uint64_t *end);
static inline bool memory_range_allowed(uint64_t start, uint64_t end)
{
    return start >= PROGRAM_ADDRESS_MIN && start < end && end <= PROGRAM_ADDRESS_LIMIT;
}
/* Every page of the range is in some region. */
bool memory_covered(struct address_space *space, uint64_t start, uint64_t end);
static inline bool memory_is_free(struct address_space *space, uint64_t start, uint64_t end)
{
    const struct region *next = region_tree_first_after(&space->regions, start);
    return next == NULL || next->start >= end;
}
/* The highest free place below the mapping area's top, then anywhere. 0: none. */
static inline uint64_t memory_place(struct address_space *space, uint64_t length)
{
    uint64_t place =
        region_tree_gap(&space->regions, length, PROGRAM_ADDRESS_MIN, PROGRAM_MMAP_BASE);
    return place != 0 ? place
                      : region_tree_gap(&space->regions, length, PROGRAM_ADDRESS_MIN,
                                        PROGRAM_ADDRESS_LIMIT);
}
/* As reads, as writes; OWN: as writes where the page becomes the program's own, else as reads. */
enum populate { POPULATE_OWN, POPULATE_READ, POPULATE_WRITE };
/*
 * Makes every page from *at to `end` resident and mapped. REQUEST_PARKED: call again with the same *at.
 * REQUEST_DONE: *error is 0, or -ENOMEM at *at: a page that cannot be had.
 */
enum request_status memory_populate(struct request *request, uint64_t *at, uint64_t end,
                                    enum populate kind, int32_t *error);
