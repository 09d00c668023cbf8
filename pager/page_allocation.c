/*
 * Where a page's frame comes from: the group's room, an eviction, or waiting for somebody else's.
 * See memory.h for what callers keep to.
 */
#include "address_space.h"
#include "eviction.h"
#include "frame_pool.h"
#include "group.h"
#include "services.h"

#include <assert.h>
#include <quire/errno.h>

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
