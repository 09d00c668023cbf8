/*
 * The life of a page from its insertion to its release; page_allocation.c has how it begins. See
 * page.h for the states, memory.h for what callers keep to.
 */
#include "accessed.h"
#include "address_space.h"
#include "eviction.h"
#include "frame_pool.h"
#include "group.h"
#include "operation_batch.h"

#include <assert.h>

struct slab page_io_slab = SLAB_INITIALIZER(struct page_io);

/* ---------------------------------------------------------------- the end of a page */

static void count_resident(const struct page *page, uint64_t change)
{
    if (page->flags & PAGE_IS_FILE)
        frame_pool.file += change;
    else
        frame_pool.anonymous += change;
}

/* Of each page that goes: worth its copies. */
static inline __attribute__((always_inline)) void free_page(struct page *page)
{
    struct group *group = group_of(page);
    /* A budget that shrank is reached in rounds, each as long as writes may be in flight. */
    if (--group->counters.resident > group->evict_above)
        group->background = background_needed = true;
    pool_put(page);
    frame_waiters_stir();
}

static void free_io(struct page *page)
{
    struct page_io *io = page_time(page)->io;
    page_time(page)->io = NULL;
    slab_free(&page_io_slab, io);
}

static void readahead_wasted(struct group *group, struct page *page)
{
    page->flags &= (uint8_t)~PAGE_READAHEAD;
    group->counters.read_ahead_wasted++;
    policy_outcome(group, page, POLICY_READAHEAD_WASTED);
}

void evict_now(struct page *page)
{
    struct group *group = group_of(page);
    if (page->flags & PAGE_READAHEAD)
        readahead_wasted(group, page);
    uint32_t cookie = policy_remove(group, page, POLICY_EVICTED);
    uint64_t evicted_at = group->eviction_clock++;
    count_resident(page, (uint64_t)-1);
    if (page->flags & PAGE_IS_FILE)
        file_evicted(page, cookie, evicted_at);
    else
        anonymous_evicted(page, cookie, evicted_at);
    free_page(page);
}

void page_release(struct page *page, enum policy_remove_why why)
{
    struct group *group = group_of(page);
    assert(page->state == PAGE_STATE_RESIDENT && page->pins == 0);
    mapping_forget_all(page);
    if (page->flags & PAGE_READAHEAD)
        readahead_wasted(group, page);
    if (page->flags & PAGE_EVICT_AFTER) {
        page->flags &= (uint8_t)~PAGE_EVICT_AFTER;
        group->leaving--;
    }
    policy_remove(group, page, why);
    count_resident(page, (uint64_t)-1);
    if (page->flags & PAGE_WRITING)
        page_set_state(page, PAGE_STATE_DRAINING);
    else
        free_page(page);
}

void page_abort(struct page *page, int32_t error)
{
    assert(page->state == PAGE_STATE_READING);
    if (page_time(page)->io != NULL) {
        wait_queue_wake(&page_time(page)->io->waiters, error);
        free_io(page);
    }
    group_of(page)->reading--;
    page->pins = 0;
    free_page(page);
}

/* ---------------------------------------------------------------- residency */

static inline void make_resident(struct group *group, struct page *page, enum policy_insert_why why,
                                 const struct policy_insert_info *info)
{
    assert(page->state == PAGE_STATE_READING);
    if (page_time(page)->io != NULL)
        page_io_end(page, 0);
    page_set_state(page, PAGE_STATE_RESIDENT);
    group->reading--;
    count_resident(page, 1);
    if (info != NULL)
        page->advice = info->advice;
    if (why == POLICY_REFAULT)
        group->counters.refaults++;
    policy_insert(group, page, why, info);
    page_time(page)->inserted_at = group->policy.virtual_time;
}

void page_insert(struct page *page, enum policy_insert_why why,
                 const struct policy_insert_info *info)
{
    struct group *group = group_of(page);
    make_resident(group, page, why, info);
    accessed_note_new(group, page);
    if (group->policy.virtual_time >= group->next_tick && group->policy.ops->tick != NULL)
        background_needed = true;
    page_unpin(page);
}

void page_insert_block(struct page *first, struct page *touched,
                       const struct policy_insert_info *info)
{
    struct group *group = group_of(first);
    struct policy_insert_info untouched = *info;
    untouched.write = false;
    for (struct page *page = first; page < first + BLOCK_FRAMES; page++) {
        make_resident(group, page, POLICY_DEMAND, page == touched ? info : &untouched);
        page->flags |= PAGE_NEW; /* one Accessed bit for all: that of the insert */
        page_unpin(page);
    }
    accessed_note_new(group, touched);
    if (group->policy.virtual_time >= group->next_tick && group->policy.ops->tick != NULL)
        background_needed = true;
}

void page_touched(struct page *page)
{
    struct group *group = group_of(page);
    if (page->flags & PAGE_READAHEAD) {
        page->flags &= (uint8_t)~PAGE_READAHEAD;
        group->counters.read_ahead_used++;
        policy_outcome(group, page, POLICY_READAHEAD_USED);
    }
    if (page->flags & PAGE_EVICT_AFTER) {
        page->flags &= (uint8_t)~PAGE_EVICT_AFTER;
        group->leaving--;
        group->counters.rescued++;
        policy_outcome(group, page, POLICY_RESCUED);
    }
}

void page_reference(struct page *page, enum policy_channel channel)
{
    if (page->state != PAGE_STATE_RESIDENT)
        return;
    if (page->flags & (PAGE_EVICT_AFTER | PAGE_READAHEAD))
        page_touched(page);
    policy_reference(group_of(page), page, channel);
}

void page_unpin(struct page *page)
{
    assert(page->pins != 0);
    if (--page->pins == 0)
        frame_waiters_stir();
}

/* ---------------------------------------------------------------- in flight */

void page_wait(struct page *page, struct waiter *waiter)
{
    assert(page->state == PAGE_STATE_READING || (page->flags & PAGE_WRITING));
    assert(page_time(page)->io != NULL);
    wait_queue_add(&page_time(page)->io->waiters, waiter);
}

struct page_io *page_io_begin(struct page *page)
{
    struct page_io *io = slab_allocate(&page_io_slab);
    if (io == NULL)
        return NULL;
    io->page = page;
    if (page->state == PAGE_STATE_RESIDENT) {
        assert(!(page->flags & PAGE_WRITING));
        io->inserted_at = page_time(page)->inserted_at;
        page->flags |= PAGE_WRITING;
    }
    page_time(page)->io = io;
    return io;
}

/* A page that was to go when written: it does, unless somebody used it meanwhile. */
static void end_of_cleaning(struct page *page, bool written)
{
    bool idle = page->pins == 0 && page->mapping_space == 0 && !(page->flags & PAGE_IS_DIRTY);
    if (!written || !idle) {
        page_touched(page);
        return;
    }
    page->flags &= (uint8_t)~PAGE_EVICT_AFTER;
    group_of(page)->leaving--;
    evict_now(page);
}

void page_io_end(struct page *page, int32_t result)
{
    struct page_io *io = page_time(page)->io;
    uint64_t inserted_at = io->inserted_at;
    wait_queue_wake(&io->waiters, result);
    free_io(page);
    frame_waiters_stir();
    if (page->state == PAGE_STATE_READING)
        return;
    page->flags &= (uint8_t)~PAGE_WRITING;
    if (page->state == PAGE_STATE_DRAINING) {
        free_page(page);
        return;
    }
    page_time(page)->inserted_at = inserted_at;
    if (result < 0 && !(page->flags & PAGE_IS_FILE))
        page->flags |= PAGE_IS_DIRTY;
    if (page->flags & PAGE_EVICT_AFTER)
        end_of_cleaning(page, result >= 0);
}
