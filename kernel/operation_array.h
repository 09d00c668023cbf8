/*
 * The array of a page batch, where it lies in the caller's memory: its pages as the kernel sees
 * them. Found before the batch changes anything; good until the system call ends, because no
 * frame that holds a part of it becomes a page table meanwhile.
 */
#pragma once

#include "task.h"

/* Pages that PAGE_BATCH_MAX operations can touch. */
#define ARRAY_PAGES 4
_Static_assert(PAGE_BATCH_MAX * sizeof(struct page_operation) <= (ARRAY_PAGES - 1) * PAGE_SIZE,
               "the array fits, wherever it begins");
#define OPERATION_WORDS (sizeof(struct page_operation) / sizeof(uint64_t))

/* Pages of the array that follow each other in memory too, at the kernel's address. */
struct array_part {
    uint64_t *words;
    size_t count;
};

struct operation_array {
    struct array_part parts[ARRAY_PAGES];
    unsigned part_count;
};

/* `array` is empty. False: not all of it is RAM, aligned, that the caller may write. */
bool operation_array_find(struct operation_array *array, const struct task *caller,
                          user_address place, size_t length_bytes);
bool operation_array_holds(const struct operation_array *array, uint64_t frame);
