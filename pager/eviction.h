/*
 * Eviction, the life of a page in flight, and who waits for frames. Private to frames, groups
 * and swap.
 */
#pragma once

#include "memory.h"
#include <quire/block_device.h>

struct group;

/* A page in flight. Reads of swap need no memory but this. */
struct page_io {
    struct wait_queue waiters;
    struct page *page;
    uint64_t inserted_at;            /* the descriptor's, while this takes its place */
    struct page_io *next, *previous; /* writes to files, in the order they began (writeback.c) */
    uint64_t sequence;
    uint32_t slot; /* a read of swap */
    void (*done)(struct page *page, int32_t result);
    struct block_request request;
    struct block_segment segment;
};
extern struct slab page_io_slab;

static inline uint64_t page_inserted_at(const struct page *page)
{
    const union page_time *time = page_time(page);
    return page->flags & PAGE_WRITING ? time->io->inserted_at : time->inserted_at;
}

/* A page that is leaving or was read ahead is used: RESCUED, READAHEAD_USED. */
void page_touched(struct page *page);
/* Unmapped, clean, not in flight: out of the policy, to its owner's memory, free. */
void evict_now(struct page *page);

struct eviction_result {
    uint32_t freed;      /* at once */
    uint32_t started;    /* writes, after which pages go */
    uint32_t unwritable; /* passed over because swap is full */
};

/*
 * Evicts up to `want` (at most POLICY_VICTIMS_MAX) pages of the group: asks the policy, checks,
 * fills up from the core's own order, unmaps all in one batch, frees the clean ones, starts
 * writes of the dirty ones. That nothing was freed or started means that nothing can be.
 */
void evict_batch(struct group *group, uint32_t want, struct eviction_result *result);
/* The group that gives up pages when `group` needs a frame; NULL: nobody has any. */
struct group *eviction_target(struct group *group);
uint32_t eviction_batch_size(const struct group *group);

/* Something changed that a waiter for frames may have waited for. */
extern bool frame_waiters_stirred;
extern uint64_t frame_waiters_total;
static inline void frame_waiters_stir(void)
{
    if (frame_waiters_total != 0)
        frame_waiters_stirred = true;
}
/* Wakes those for whom there is room, starts evictions for the others. true: some were woken. */
bool frame_waiters_pump(void);
bool group_has_room(const struct group *group);

/* writeback.c: starts writing a dirty file page. The caller took write permission from all mappings.
   evict: it goes when it is written. false: no memory for the record, nothing done. */
bool file_write_start(struct page *page, bool evict);

/* swap_io.c: starts writing dirty anonymous pages, unmapped, in as few requests as possible. Each that
   was started is PAGE_WRITING | PAGE_EVICT_AFTER; returns how many of the first ones. */
uint32_t swap_write(struct page *const *pages, uint32_t count);
/* swap_map.c */
uint64_t swap_slots_free(void);
