/*
 * The pool of free frames, and how many frames are in which state. Private to frames,
 * groups and eviction.
 *
 *      0        reserve        low          high
 *      |--------|--------------|------------|------------------->  free frames
 *       metadata  programs get   the background evictor refills
 *       only      frames, faults from low to high
 *                 may have to wait
 *
 * The reserve is for what freeing memory needs: page tables and records of writes.
 *
 * Free frames are kept by the 2 MiB block that they lie in, so that a whole block, for a large
 * page, is found at once and broken up last:
 *
 *      current   the block that frames come from
 *      partial   blocks with some free frames, for when that one has no more
 *      whole     all 512 are free: broken up when there is no partial one
 */
#pragma once

#include "memory.h"
#include "page_list.h"

#define BLOCK_FRAMES (LARGE_PAGE_SIZE / PAGE_SIZE)

struct pool_block {
    struct page_list free;    /* most recently freed first */
    struct pool_block **list; /* partial or whole; NULL: in neither */
    struct pool_block *next, *previous;
};

struct frame_pool {
    struct pool_block *current; /* in no list; may be out of frames */
    struct pool_block *partial, *whole;
    struct pool_block *blocks; /* by frame number / BLOCK_FRAMES */
    uint64_t counts[PAGE_STATES];
    uint64_t anonymous, file; /* RESIDENT ones */
    uint64_t total;      /* frames the pager manages; RESERVED ones that are its own included */
    uint64_t own_frames; /* the pager's text, data and stack */
    uint64_t metadata_frames; /* page array, window tables */
    uint64_t reserve, low, high;
    uint64_t frame_limit; /* one above the highest frame in the page array */
};
extern struct frame_pool frame_pool;

static inline void page_set_state(struct page *page, enum page_state state)
{
    frame_pool.counts[page->state]--;
    frame_pool.counts[state]++;
    page->state = (uint8_t)state;
}

static inline uint64_t pool_length(void)
{
    return frame_pool.counts[PAGE_STATE_FREE];
}

/* Makes another block the current one. False: the pool is empty. */
bool pool_next_block(void);
/* The block has its first frame, or all, or has them no more: to the list where it belongs. */
void pool_place_block(struct pool_block *block);

static inline bool pool_has_frame(void)
{
    return frame_pool.current->free.front != NULL || pool_next_block();
}

/* A frame out of the pool, down to its very last; state still FREE. NULL: the pool is empty. */
static inline struct page *pool_take(void)
{
    return pool_has_frame() ? page_list_pop(&frame_pool.current->free) : NULL;
}

/* The frame that pool_take() would give, left where it is. */
static inline struct page *pool_first(void)
{
    return pool_has_frame() ? frame_pool.current->free.front : NULL;
}

/* BLOCK_FRAMES frames that follow each other, 2 MiB aligned: the first. NULL: no block is whole. */
struct page *pool_take_block(void);

static inline struct pool_block *pool_block_of(const struct page *page)
{
    return &frame_pool.blocks[page_frame(page) / BLOCK_FRAMES];
}

static inline void pool_put(struct page *page)
{
    page_set_state(page, PAGE_STATE_FREE);
    page->flags = 0;
    page->group = 0;
    struct pool_block *block = pool_block_of(page);
    page_list_push_front(&block->free, page);
    if (block->free.length == 1 || block->free.length == BLOCK_FRAMES)
        pool_place_block(block);
}

/* A particular FREE frame out of the pool. */
static inline void pool_remove(struct page *page)
{
    struct pool_block *block = pool_block_of(page);
    page_list_remove(&block->free, page);
    if (block->free.length == 0 || block->free.length == BLOCK_FRAMES - 1)
        pool_place_block(block);
}

/* The next page of the array in RAM at or above `frame`; NULL: none. Skips address holes, whose
   descriptors are not even mapped. O(ranges), usually O(1). */
struct page *page_array_next(uint64_t frame);
/* Sets the watermarks, once boot knows how many frames there are. */
void frame_pool_set_watermarks(void);
void frame_pool_set_ranges(const struct boot_range *ranges, uint32_t count);
/* Boot only: zeroed memory for the blocks, one for each 2 MiB up to the highest frame. */
void frame_pool_set_blocks(struct pool_block *blocks);
/* Whether a pointer from a policy is a page descriptor at all. */
bool page_pointer_valid(const struct page *page);
