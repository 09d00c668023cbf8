/*
 * Lazy work: what would make faults slow if they did it themselves.
 *
 * background_work() runs when the event loop has answered everybody; each call does one bounded
 * round and leaves background_needed set while there is more. A round that gets nowhere ends
 * the work until the next allocation asks for it again.
 */
#include "accessed.h"
#include "donation.h"
#include "eviction.h"
#include "frame_pool.h"
#include "group.h"
#include "kernel_interface.h"
#include "services.h"
#include "writeback.h"

bool background_needed;

static uint64_t clip_batch(uint64_t count)
{
    return count > POLICY_VICTIMS_MAX ? POLICY_VICTIMS_MAX : count;
}

/* One batch. true: there is more to do, and it gets somewhere. */
static bool evict_ahead(struct group *group)
{
    uint64_t staying = group->counters.resident - group->leaving;
    if (staying <= group->evict_to)
        return false;
    struct eviction_result result = {0};
    evict_batch(group, (uint32_t)clip_batch(staying - group->evict_to), &result);
    return result.freed + result.started != 0 &&
           group->counters.resident - group->leaving > group->evict_to;
}

static bool refill_pool(void)
{
    uint64_t leaving = 0;
    for (struct group *group = root_group; group != NULL; group = group->next)
        leaving += group->leaving;
    uint64_t coming = pool_length() + leaving;
    if (pool_length() >= frame_pool.low || coming >= frame_pool.high)
        return false;
    donation_trim();
    struct group *group = eviction_target(root_group);
    if (group == NULL)
        return false;
    struct eviction_result result = {0};
    evict_batch(group, (uint32_t)clip_batch(frame_pool.high - coming), &result);
    return result.freed + result.started != 0;
}

/* Dirty pages that the policy wants written early, so that they are clean when they are victims. */
static void clean_ahead(struct group *group)
{
    struct page *named[POLICY_VICTIMS_MAX];
    size_t count = policy_clean(group, POLICY_VICTIMS_MAX, named);
    for (size_t i = 0; i < count; i++) {
        struct page *page = named[i];
        if (!page_pointer_valid(page) || page->state != PAGE_STATE_RESIDENT ||
            page->group != group->id || !(page->flags & PAGE_IS_FILE) ||
            !(page->flags & PAGE_IS_DIRTY) || (page->flags & PAGE_WRITING)) {
            group->counters.rejected++;
            continue;
        }
        page_write_protect_all(page);
        file_write_start(page, false);
    }
}

static void tick_policy(struct group *group)
{
    if (group->policy.virtual_time < group->next_tick)
        return;
    group->next_tick = group->policy.virtual_time + POLICY_TICK_INTERVAL;
    policy_tick(group, POLICY_TICK_BUDGET);
    clean_ahead(group);
}

void background_work(void)
{
    bool more = false;
    background_needed = false;
    for (struct group *group = root_group; group != NULL; group = group->next) {
        if (group->new_count >= group->new_threshold)
            accessed_clear_new(group);
        tick_policy(group);
        if (group->background) {
            group->background = evict_ahead(group);
            more |= group->background;
        }
    }
    more |= refill_pool();
    background_needed |= more;
}

void background_tick(void)
{
    writeback_tick();
    donation_trim();
}
