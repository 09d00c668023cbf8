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
 */
#pragma once

#include "memory.h"
#include "page_list.h"

struct frame_pool {
    struct page_list free; /* most recently freed first */
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

/* A frame out of the pool, down to its very last; state still FREE. NULL: the pool is empty. */
static inline struct page *pool_take(void)
{
    return page_list_pop(&frame_pool.free);
}

static inline void pool_put(struct page *page)
{
    page_set_state(page, PAGE_STATE_FREE);
    page->flags = 0;
    page->group = 0;
    page_list_push_front(&frame_pool.free, page);
}

/* A particular FREE frame out of the pool. */
static inline void pool_remove(struct page *page)
{
    page_list_remove(&frame_pool.free, page);
}

/* The next page of the array in RAM at or above `frame`; NULL: none. Skips address holes, whose
   descriptors are not even mapped. O(ranges), usually O(1). */
struct page *page_array_next(uint64_t frame);
/* Sets the watermarks, once boot knows how many frames there are. */
void frame_pool_set_watermarks(void);
void frame_pool_set_ranges(const struct boot_range *ranges, uint32_t count);
/* Whether a pointer from a policy is a page descriptor at all. */
bool page_pointer_valid(const struct page *page);
