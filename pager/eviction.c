/*
 * Eviction of a batch of pages.
 *
 *      policy names --check--> victims <--fill up-- the core's own clock
 *                     |           |
 *                 REJECTED     unmap all: one batch, one flush; Dirty bits are the truth
 *                                 |
 *             +-------------------+------------------+
 *           clean            dirty, all zero      dirty
 *             |                   |                  | write, DEFERRED
 *             +----- EVICTED -----+                  +--> EVICTED or RESCUED at completion
 *
 * Each page that a policy names has exactly one outcome; a wrong or lazy policy costs speed and
 * is counted.
 */
#include "eviction.h"
#include "accessed.h"
#include "address_space.h"
#include "frame_pool.h"
#include "group.h"
#include "operation_batch.h"
#include "trace.h"

#include <assert.h>

/* Writes under way in one group: enough to keep a disk busy, few enough to bound a rescue's cost. */
#define LEAVING_MAX 128

bool frame_waiters_stirred;
uint64_t frame_waiters_total;

static struct operation_batch unmap_batch;

/* ---------------------------------------------------------------- who can go */

static void is_dirty_mapping(struct address_space *space, uint64_t address, void *context)
{
    bool *dirty = context;
    if (page_table_entry(space, address) & PAGE_DIRTY)
        *dirty = true;
}

/* Swap is full: only what needs no new slot can go. */
static bool needs_slot(struct page *page)
{
    if (page->flags & PAGE_IS_FILE)
        return false;
    bool dirty = page->flags & PAGE_IS_DIRTY;
    if (!dirty)
        mapping_each(page, is_dirty_mapping, &dirty);
    return dirty && anonymous_slot(page) == 0;
}

static bool evictable(const struct group *group, const struct page *page)
{
    return page->state == PAGE_STATE_RESIDENT && page->group == group->id && page->pins == 0 &&
           !(page->flags & (PAGE_WRITING | PAGE_NAMED));
}

struct selection {
    struct group *group;
    struct page *pages[POLICY_VICTIMS_MAX];
    uint32_t count;
    bool swap_full;
    struct eviction_result *result;
};

static bool select_page(struct selection *selection, struct page *page)
{
    if (!evictable(selection->group, page))
        return false;
    if (selection->swap_full && needs_slot(page)) {
        selection->result->unwritable++;
        return false;
    }
    page->flags |= PAGE_NAMED;
    selection->pages[selection->count++] = page;
    return true;
}

static void select_by_policy(struct selection *selection, uint32_t want)
{
    struct group *group = selection->group;
    struct page *named[POLICY_VICTIMS_MAX];
    size_t count = policy_victims(group, want, named);
    for (size_t i = 0; i < count; i++) {
        bool is_page = page_pointer_valid(named[i]);
        if (is_page && select_page(selection, named[i]))
            continue;
        group->counters.rejected++;
        if (is_page)
            policy_outcome(group, named[i], POLICY_REJECTED);
    }
}

/* The core's own order, when the policy named too few: a clock over frames. The first time around it
   passes over referenced pages, the second time it does not. */
static void select_by_core(struct selection *selection, uint32_t want)
{
    struct group *group = selection->group;
    uint64_t around = group->counters.resident;
    for (uint64_t step = 0; step < 2 * around && selection->count < want; step++) {
        struct page *page = group_next_page(group, group->clock_hand);
        if (page == NULL && group->clock_hand != 0)
            page = group_next_page(group, 0);
        if (page == NULL)
            break;
        group->clock_hand = page_frame(page) + 1;
        if (!evictable(group, page) || (step < around && accessed_look(page)))
            continue;
        if (select_page(selection, page)) {
            group->counters.core_picked++;
            TRACE(group, TRACE_PICKED, page_frame(page));
        }
    }
    accessed_post_clears();
}

/* ---------------------------------------------------------------- and how */

static void rescue(struct group *group, struct page *page)
{
    group->counters.rescued++;
    policy_outcome(group, page, POLICY_RESCUED);
}

static void unmap_victims(const struct selection *selection)
{
    unmap_pages_begin(&unmap_batch);
    for (uint32_t i = 0; i < selection->count; i++)
        mapping_batch_add(&unmap_batch, selection->pages[i], 0);
    operation_batch_submit(&unmap_batch);
    for (uint32_t i = 0; i < selection->count; i++) {
        mapping_forget_all(selection->pages[i]);
        selection->pages[i]->flags &= (uint8_t)~PAGE_NAMED;
    }
}

static bool all_zero(const struct page *page)
{
    const uint64_t *words = page_contents(page);
    for (uint32_t i = 0; i < PAGE_SIZE / sizeof *words; i++) {
        if (words[i] != 0)
            return false;
    }
    return true;
}

static void forget_slot(struct page *page)
{
    uint32_t slot = anonymous_slot(page);
    if (slot != 0) {
        anonymous_set_slot(page, 0);
        swap_slot_free(slot);
    }
}

/* A dirty anonymous page: its old slot is stale. true: nothing is left to write. */
static bool prepare_for_swap(struct group *group, struct page *page)
{
    forget_slot(page);
    if (!all_zero(page))
        return false;
    page->flags &= (uint8_t)~PAGE_IS_DIRTY;
    group->counters.zero_evictions++;
    return true;
}

static void evict_dirty_file(struct group *group, struct page *page, struct eviction_result *result)
{
    if (!file_write_start(page, true)) {
        rescue(group, page);
        return;
    }
    result->started++;
    group->counters.evictions_dirty++;
    policy_outcome(group, page, POLICY_DEFERRED);
}

static void evict_dirty_anonymous(struct group *group, struct page *const *pages, uint32_t count,
                                  struct eviction_result *result)
{
    uint32_t written = swap_write(pages, count);
    result->started += written;
    group->leaving += written;
    group->counters.evictions_dirty += written;
    for (uint32_t i = 0; i < count; i++) {
        if (i >= written)
            rescue(group, pages[i]);
        else
            policy_outcome(group, pages[i], POLICY_DEFERRED);
    }
    if (written < count && swap_slots_free() == 0)
        result->unwritable += count - written;
}

void evict_batch(struct group *group, uint32_t want, struct eviction_result *result)
{
    if (group->leaving >= LEAVING_MAX)
        return;
    if (want > POLICY_VICTIMS_MAX)
        want = POLICY_VICTIMS_MAX;
    struct selection selection = {
        .group = group, .swap_full = swap_slots_free() == 0, .result = result};
    select_by_policy(&selection, want);
    if (selection.count < want)
        select_by_core(&selection, want);
    unmap_victims(&selection);

    struct page *to_swap[POLICY_VICTIMS_MAX];
    uint32_t to_swap_count = 0;
    for (uint32_t i = 0; i < selection.count; i++) {
        struct page *page = selection.pages[i];
        bool is_file = page->flags & PAGE_IS_FILE;
        if (!(page->flags & PAGE_IS_DIRTY) || (!is_file && prepare_for_swap(group, page))) {
            group->counters.evictions_clean++;
            result->freed++;
            evict_now(page);
        } else if (is_file) {
            evict_dirty_file(group, page, result);
        } else {
            to_swap[to_swap_count++] = page;
        }
    }
    if (to_swap_count != 0)
        evict_dirty_anonymous(group, to_swap, to_swap_count, result);
}

/* ---------------------------------------------------------------- from whom */

uint32_t eviction_batch_size(const struct group *group)
{
    uint64_t size = group->counters.limit / 16;
    return size == 0 ? 1 : size > POLICY_VICTIMS_MAX ? POLICY_VICTIMS_MAX : (uint32_t)size;
}

struct group *eviction_target(struct group *group)
{
    if (group->counters.resident >= group->counters.limit)
        return group;
    struct group *best = NULL;
    uint64_t most = 0;
    for (struct group *other = root_group; other != NULL; other = other->next) {
        uint64_t resident = other->counters.resident, minimum = other->counters.minimum;
        if (resident > minimum && resident - minimum > most) {
            most = resident - minimum;
            best = other;
        }
    }
    if (best == NULL && group->counters.resident != 0)
        return group;
    return best;
}

/* ---------------------------------------------------------------- waiters */

static void wake_waiters(struct group *group, uint64_t count)
{
    for (; count > 0 && group->waiting > 0; count--) {
        group->waiting--;
        frame_waiters_total--;
        wait_queue_wake_one(&group->frame_waiters, 0);
    }
}

static uint64_t room_of(const struct group *group)
{
    if (!group_has_room(group))
        return 0;
    uint64_t in_group = group->counters.limit - group->counters.resident;
    uint64_t in_pool = pool_length() - frame_pool.reserve;
    return in_group < in_pool ? in_group : in_pool;
}

static void pump_group(struct group *group)
{
    uint64_t room = room_of(group);
    if (room != 0) {
        wake_waiters(group, room);
        return;
    }
    struct group *from = eviction_target(group);
    struct eviction_result result = {0};
    if (from != NULL && from->leaving < group->waiting)
        evict_batch(from, group->waiting, &result);
    /* Nothing is coming: each looks again, and the out-of-swap rule decides. */
    if (result.freed == 0 && (from == NULL || (from->leaving == 0 && from->reading == 0)))
        wake_waiters(group, group->waiting);
}

bool frame_waiters_pump(void)
{
    if (!frame_waiters_stirred)
        return false;
    frame_waiters_stirred = false;
    for (struct group *group = root_group; group != NULL; group = group->next) {
        if (group->waiting != 0)
            pump_group(group);
    }
    return true;
}
