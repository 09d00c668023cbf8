/*
 * A server's allocator over the memory of its server_start: contiguous in both address
 * spaces, so that any piece of it can be given to a device.
 *
 *      begin       next                         limit
 *      |###########|............................|
 *       handed out   never used, zeroed by the pager
 *
 * Small pieces come in size classes, four to each power of two, and return to their
 * class's free list; a class never gives memory to another. Callers name the size when they
 * free. Nothing here fails otherwise than by NULL or false. No locking.
 */
#pragma once

#include <quire/block_device.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HEAP_ALIGNMENT 16
#define HEAP_CLASSES 64

struct heap {
    uint8_t *begin, *next, *limit;
    uint64_t physical; /* of `begin` */
    struct heap_free_piece *free[HEAP_CLASSES];
};

void heap_initialize(struct heap *heap, void *memory, uint64_t physical, size_t length_bytes);

/* Zeroed, aligned to 16 bytes. NULL: the heap is exhausted. O(1) apart from the zeroing. */
void *heap_allocate(struct heap *heap, size_t length_bytes);
/* memory NULL: nothing. length_bytes: as when it was allocated. */
void heap_free(struct heap *heap, void *memory, size_t length_bytes);

/* Whole zeroed pages for a device, for good. */
bool heap_allocate_dma(struct heap *heap, uint64_t length_bytes, struct dma_memory *memory);

/* The address that a device knows a piece of the heap by. */
static inline uint64_t heap_physical(const struct heap *heap, const void *memory)
{
    return heap->physical + (uint64_t)((const uint8_t *)memory - heap->begin);
}

/* Bytes that were never handed out. */
static inline size_t heap_untouched_bytes(const struct heap *heap)
{
    return (size_t)(heap->limit - heap->next);
}
