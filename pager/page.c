/*
 * The life of a page from allocation to release. See page.h for the states, memory.h for what
 * callers keep to.
 */
#include "accessed.h"
#include "address_space.h"
#include "eviction.h"
#include "frame_pool.h"
#include "group.h"
#include "operation_batch.h"
#include "services.h"

#include <assert.h>
#include <quire/errno.h>

struct slab page_io_slab = SLAB_INITIALIZER(struct page_io);

/* ---------------------------------------------------------------- allocation */

bool group_has_room(const struct group *group)
{
    return group->counters.resident < group->counters.limit && pool_length() > frame_pool.reserve;
}

/* A frame out of the pool becomes the group's. In each fault: worth its copies. */
static inline __attribute__((always_inline)) struct page *charge(struct group *group,
                                                                 struct page *page)
{
    page_set_state(page, PAGE_STATE_READING);
    page->group = group->id;
    page->owner.anonymous = NULL;
    page->mapping_more = 0; /* page_list.h left the others 0 */
    page->pins = 1;
    page->advice = 0;
    page_time(page)->io = NULL;
    group->reading++;
    uint64_t resident = ++group->counters.resident;
    if (resident > group->counters.resident_peak)
        group->counters.resident_peak = resident;
    if (resident > group->evict_above)
        group->background = background_needed = true;
    if (pool_length() < frame_pool.low)
        background_needed = true;
    return page;
}

static inline __attribute__((always_inline)) struct page *take(struct group *group)
{
    return charge(group, pool_take());
}

static void wait_for_frame(struct group *group, struct waiter *waiter)
{
    group->waiting++;
    frame_waiters_total++;
    wait_queue_add(&group->frame_waiters, waiter);
}

static struct address_space *largest_space(const struct group *group, bool *one_is_ending)
{
    struct address_space *largest = NULL;
    uint64_t most = 0;
    for (struct address_space *space = address_space_first(); space != NULL; space = space->next) {
        if (space->wired || (group != NULL && space->group != group))
            continue;
        uint64_t pages = address_space_anonymous_pages(space);
        if (pages == 0)
            continue;
        if (space->dying) {
            *one_is_ending = true;
        } else if (pages > most) {
            most = pages;
            largest = space;
        }
    }
    return largest;
}

/*
 * The out-of-swap rule: the space with the most anonymous pages of the group that asks (or, if
 * that has none, of all) is stopped; everything else goes on. One at a time: while one is
 * ending its memory is waited for. -ENOMEM: there is nobody to stop.
 */
static int32_t apply_out_of_swap_rule(struct group *group)
{
    bool one_is_ending = false;
    struct address_space *victim = largest_space(group, &one_is_ending);
    if (victim == NULL && !one_is_ending)
        victim = largest_space(NULL, &one_is_ending);
    if (one_is_ending)
        return 0;
    if (victim == NULL)
        return -ENOMEM;
    console_message("out of swap: process %u, with %lu pages the largest of group %u, is stopped",
                    victim->id, (unsigned long)address_space_anonymous_pages(victim), group->id);
    process_die(victim, DEATH_OUT_OF_SWAP, 0, 0);
    page_waiters_wake(group);
    return 0;
}

/* Pages under way that will be evictable, or gone, without anybody's help. */
static bool something_is_under_way(const struct group *from)
{
    if (from->leaving != 0 || from->reading != 0)
        return true;
    return pool_length() <= frame_pool.reserve &&
           frame_pool.counts[PAGE_STATE_READING] + frame_pool.counts[PAGE_STATE_DRAINING] != 0;
}

static SLOW_PATH struct page *allocate_slowly(struct group *group, struct waiter *waiter,
                                              int32_t *error)
{
    if (waiter == NULL)
        return NULL;
    struct group *from;
    struct eviction_result result;
    do {
        from = eviction_target(group);
        result = (struct eviction_result){0};
        if (from != NULL && from->leaving <= from->waiting)
            evict_batch(from, eviction_batch_size(from), &result);
        if (group_has_room(group))
            return take(group);
    } while (result.freed != 0);

    if (from != NULL && something_is_under_way(from)) {
        wait_for_frame(group, waiter);
        return NULL;
    }
    /* Pinned pages only: whoever pinned them may need this very frame to go on. */
    if (result.unwritable == 0 && pool_length() > frame_pool.reserve)
        return take(group);
    wait_for_frame(group, waiter);
    *error = apply_out_of_swap_rule(group);
    if (*error == 0)
        return NULL;
    /* Nobody can be stopped: the caller must do without, and waits no more. */
    struct wait_queue others = group->frame_waiters;
    group->frame_waiters = (struct wait_queue){0};
    group->waiting = 0;
    for (struct waiter *next, *other = others.first; other != NULL; other = next) {
        next = other->next;
        frame_waiters_total--;
        other->queue = NULL;
        if (other != waiter)
            wait_for_frame(group, other);
    }
    return NULL;
}

struct page *page_allocate(struct group *group, struct waiter *waiter, int32_t *error)
{
    *error = 0;
    if (group_has_room(group))
        return take(group);
    return allocate_slowly(group, waiter, error);
}

bool page_block_available(const struct group *group)
{
    uint64_t most = group->counters.limit;
    if (most > group->evict_above)
        most = group->evict_above;
    return group->counters.resident + BLOCK_FRAMES <= most &&
           pool_length() >= BLOCK_FRAMES + frame_pool.low && frame_pool.whole != NULL;
}

struct page *page_allocate_block(struct group *group)
{
    struct page *first = page_block_available(group) ? pool_take_block() : NULL;
    for (uint32_t i = 0; first != NULL && i < BLOCK_FRAMES; i++)
        charge(group, &first[i]);
    return first;
}

bool page_waiter_leave(struct waiter *waiter)
{
    for (struct group *group = root_group; group != NULL; group = group->next) {
        if (waiter->queue == &group->frame_waiters) {
            group->waiting--;
            frame_waiters_total--;
        }
    }
    return wait_queue_leave(waiter);
}

void page_waiters_wake(struct group *group)
{
    frame_waiters_total -= group->waiting;
    group->waiting = 0;
    wait_queue_wake(&group->frame_waiters, 0);
}

/* ---------------------------------------------------------------- the end of a page */

static void count_resident(const struct page *page, uint64_t change)
{
    if (page->flags & PAGE_IS_FILE)
        frame_pool.file += change;
    else
        frame_pool.anonymous += change;
}

static void free_page(struct page *page)
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
