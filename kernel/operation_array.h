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

typedef void (*run_function)(void *context, struct page_operation *, uint32_t count);

/* An operation of which `count` words lie at the end of one part and the rest in the next. */
ALWAYS_INLINE void run_split_operation(uint64_t *first, size_t count, uint64_t *rest,
                                       run_function run, void *context)
{
    union {
        struct page_operation operation;
        uint64_t words[OPERATION_WORDS];
    } copy;
    for (size_t i = 0; i < OPERATION_WORDS; i++)
        copy.words[i] = i < count ? first[i] : rest[i - count];
    run(context, &copy.operation, 1);
    for (size_t i = 0; i < OPERATION_WORDS; i++)
        *(i < count ? &first[i] : &rest[i - count]) = copy.words[i];
}

/* Calls run for all operations in order, as many at a time as lie in one piece. Once only. */
ALWAYS_INLINE void operation_array_run(struct operation_array *array, run_function run,
                                       void *context)
{
    for (unsigned i = 0; i < array->part_count; i++) {
        struct array_part *part = &array->parts[i];
        uint32_t whole = (uint32_t)(part->count / OPERATION_WORDS);
        size_t rest = part->count % OPERATION_WORDS;
        run(context, (struct page_operation *)part->words, whole);
        if (rest == 0)
            continue;
        struct array_part *next = part + 1;
        run_split_operation(part->words + whole * OPERATION_WORDS, rest, next->words, run, context);
        next->words += OPERATION_WORDS - rest;
        next->count -= OPERATION_WORDS - rest;
    }
}
