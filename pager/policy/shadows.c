/*
 * Shadow caches. See shadows.h.
 */
#include "shadows.h"

#include <string.h>

#define ALL ((1u << SHADOWS) - 1)

/* ---------------------------------------------------------------- entries */

static struct shadow_entry *entry_of(struct shadows *shadows, uint32_t number)
{
    return &shadows->entries[number];
}

static uint32_t *bucket_of(struct shadows *shadows, uint64_t tag)
{
    return &shadows->entries[tag % shadows->entry_count].bucket;
}

static uint32_t find(struct shadows *shadows, uint64_t tag)
{
    uint32_t number = *bucket_of(shadows, tag);
    while (number != 0 && entry_of(shadows, number)->tag != tag)
        number = entry_of(shadows, number)->chain;
    return number;
}

/* 0: there is none left. */
static uint32_t find_or_make(struct shadows *shadows, uint64_t tag)
{
    uint32_t number = find(shadows, tag);
    if (number != 0 || shadows->free == 0)
        return number;
    number = shadows->free;
    struct shadow_entry *entry = entry_of(shadows, number);
    shadows->free = entry->next;
    entry->tag = tag;
    entry->chain = *bucket_of(shadows, tag);
    *bucket_of(shadows, tag) = number;
    return number;
}

static void release_if_unused(struct shadows *shadows, uint32_t number)
{
    struct shadow_entry *entry = entry_of(shadows, number);
    if (entry->cached != 0 || entry->real != NULL || entry->queued)
        return;
    uint32_t *link = bucket_of(shadows, entry->tag);
    while (*link != number)
        link = &entry_of(shadows, *link)->chain;
    *link = entry->chain;
    entry->next = shadows->free;
    shadows->free = number;
}

static void enqueue(struct shadows *shadows, uint32_t number)
{
    struct shadow_entry *entry = entry_of(shadows, number);
    if (entry->queued)
        return;
    entry->queued = true;
    entry->next = 0;
    if (shadows->queue_front != 0)
        entry_of(shadows, shadows->queue_back)->next = number;
    else
        shadows->queue_front = number;
    shadows->queue_back = number;
}

static void note_use(struct shadows *shadows, uint32_t number)
{
    entry_of(shadows, number)->untold = ALL;
    enqueue(shadows, number);
}

/* ---------------------------------------------------------------- what the caches' policies ask */

static struct shadow_entry *entry_of_page(const struct shadow_cache *cache,
                                          const struct policy_page *page)
{
    size_t which = (size_t)(cache - cache->shadows->cache);
    return (struct shadow_entry *)(uintptr_t)(page - which);
}

static bool shadow_looked(struct policy *policy, struct policy_page *page)
{
    struct shadow_cache *cache = policy->core;
    struct shadows *shadows = cache->shadows;
    struct shadow_entry *entry = entry_of_page(cache, page);
    if (entry->real == NULL || !policy_looked(shadows->owner, entry->real))
        return false;
    entry->untold |= (uint8_t)(ALL & ~(1u << (cache - shadows->cache)));
    entry->owner_untold = true;
    enqueue(shadows, (uint32_t)(entry - shadows->entries));
    return true;
}

static void shadow_information(struct policy *policy, const struct policy_page *page,
                               struct policy_page_info *info)
{
    const struct shadow_entry *entry = entry_of_page(policy->core, page);
    *info = (struct policy_page_info){.object = entry->tag, .mappings = 1};
}

static const struct policy_services shadow_services = {shadow_looked, shadow_information};

/* ---------------------------------------------------------------- beginning */

static void place(struct shadows *shadows, struct policy *owner,
                  const struct policy_ops *const *candidates, void *memory)
{
    shadows->owner = owner;
    shadows->entries = memory;
    uint8_t *arena = (uint8_t *)(shadows->entries + shadows->entry_count);
    for (size_t i = 0; i < SHADOWS; i++) {
        struct shadow_cache *cache = &shadows->cache[i];
        cache->shadows = shadows;
        cache->policy.core = cache;
        cache->policy.state = cache->state;
        cache->policy.arena = arena;
        cache->policy.arena_bytes = candidates[i]->arena_bytes_fixed +
                                    candidates[i]->arena_bytes_per_frame * shadows->frames;
        arena += (cache->policy.arena_bytes + 7) & ~(size_t)7;
    }
}

void shadows_begin(struct shadows *shadows, struct policy *owner,
                   const struct policy_ops *const *candidates, void *memory)
{
    size_t frames = owner->capacity / SHADOW_RATE;
    if (frames < SHADOW_FRAMES_MIN)
        frames = SHADOW_FRAMES_MIN < owner->capacity ? SHADOW_FRAMES_MIN : owner->capacity;
    *shadows = (struct shadows){
        .frames = (uint32_t)frames,
        .entry_count = (uint32_t)(frames * SHADOW_ENTRIES + 1),
        .sampled_below = UINT64_MAX / owner->capacity * frames,
    };
    if (frames == owner->capacity)
        shadows->sampled_below = UINT64_MAX;
    place(shadows, owner, candidates, memory);
    for (uint32_t i = 1; i < shadows->entry_count; i++) {
        shadows->entries[i].next = shadows->free;
        shadows->free = i;
    }
    for (size_t i = 0; i < SHADOWS; i++) {
        struct policy *policy = &shadows->cache[i].policy;
        policy->ops = candidates[i];
        policy->services = &shadow_services;
        policy->capacity = policy->arena_frames = frames;
        policy->seed = owner->seed;
        policy->ops->init(policy);
    }
}

void shadows_enter(struct shadows *shadows, struct policy *owner,
                   const struct policy_ops *const *candidates, void *memory)
{
    if (shadows->owner != owner || shadows->entries != memory ||
        shadows->cache[0].shadows != shadows)
        place(shadows, owner, candidates, memory);
}

/* ---------------------------------------------------------------- telling */

/* false: the cache found no victim. */
static bool make_room(struct shadow_cache *cache)
{
    struct policy_page *victim;
    if (cache->resident < cache->policy.capacity)
        return true;
    if (cache->policy.ops->victims(&cache->policy, 1, &victim) != 1)
        return false;
    struct shadows *shadows = cache->shadows;
    struct shadow_entry *entry = entry_of_page(cache, victim);
    cache->policy.ops->remove(&cache->policy, victim, POLICY_EVICTED);
    cache->resident--;
    entry->cached &= (uint8_t) ~(1u << (cache - shadows->cache));
    release_if_unused(shadows, (uint32_t)(entry - shadows->entries));
    return true;
}

static void tell(struct shadow_cache *cache, struct shadow_entry *entry)
{
    static const struct policy_insert_info nothing;
    size_t which = (size_t)(cache - cache->shadows->cache);
    cache->policy.virtual_time++;
    if (entry->cached & 1u << which) {
        cache->policy.ops->reference(&cache->policy, &entry->page[which], POLICY_SCAN);
        return;
    }
    cache->misses += MISS_WEIGHT;
    if (!make_room(cache))
        return;
    entry->cached |= (uint8_t)(1u << which);
    entry->page[which] = (struct policy_page){0};
    cache->resident++;
    /* Whether it was there before is for the policy's ghosts to say. */
    cache->policy.ops->insert(&cache->policy, &entry->page[which], POLICY_REFAULT, &nothing);
}

static void fade_misses(struct shadows *shadows)
{
    if (++shadows->uses < shadows->frames)
        return;
    shadows->uses = 0;
    for (size_t i = 0; i < SHADOWS; i++)
        shadows->cache[i].misses -= shadows->cache[i].misses / MISS_WEIGHT;
}

void shadows_tell(struct shadows *shadows,
                  void (*owner_used)(struct policy *owner, struct policy_page *page))
{
    /* Each look that finds a use clears it, so that the queue runs empty. */
    while (shadows->queue_front != 0) {
        uint32_t number = shadows->queue_front;
        struct shadow_entry *entry = entry_of(shadows, number);
        shadows->queue_front = entry->next;
        if (entry->owner_untold && entry->real != NULL)
            owner_used(shadows->owner, entry->real);
        entry->owner_untold = false;
        uint8_t untold = entry->untold;
        entry->untold = 0;
        /* Still marked as queued, so that it is not released under way. */
        for (size_t i = 0; i < SHADOWS; i++) {
            if (untold & 1u << i)
                tell(&shadows->cache[i], entry);
        }
        if (untold != 0)
            fade_misses(shadows);
        entry->queued = false;
        if (entry->untold != 0)
            enqueue(shadows, number);
        release_if_unused(shadows, number);
    }
}

/* ---------------------------------------------------------------- what happens to pages */

/* The page's tag, if it is in the sample. */
static bool sampled(struct shadows *shadows, struct policy_page *page, uint64_t *tag)
{
    *tag = policy_page_tag(shadows->owner, page);
    return *tag <= shadows->sampled_below;
}

void shadows_inserted(struct shadows *shadows, struct policy_page *page, bool is_use)
{
    uint64_t tag;
    if (!sampled(shadows, page, &tag))
        return;
    uint32_t number = find_or_make(shadows, tag);
    if (number == 0)
        return;
    entry_of(shadows, number)->real = page;
    if (is_use)
        note_use(shadows, number);
}

void shadows_used(struct shadows *shadows, struct policy_page *page)
{
    uint64_t tag;
    uint32_t number = sampled(shadows, page, &tag) ? find(shadows, tag) : 0;
    if (number != 0 && entry_of(shadows, number)->real == page)
        note_use(shadows, number);
}

static void forget(struct shadows *shadows, struct shadow_entry *entry, enum policy_remove_why why)
{
    entry->untold = 0;
    for (size_t i = 0; i < SHADOWS; i++) {
        struct shadow_cache *cache = &shadows->cache[i];
        if (!(entry->cached & 1u << i))
            continue;
        cache->policy.ops->remove(&cache->policy, &entry->page[i], why);
        cache->resident--;
    }
    entry->cached = 0;
}

void shadows_removed(struct shadows *shadows, struct policy_page *page, enum policy_remove_why why)
{
    uint64_t tag;
    uint32_t number = sampled(shadows, page, &tag) ? find(shadows, tag) : 0;
    if (number == 0 || entry_of(shadows, number)->real != page)
        return;
    struct shadow_entry *entry = entry_of(shadows, number);
    entry->real = NULL;
    entry->owner_untold = false;
    if (why != POLICY_EVICTED)
        forget(shadows, entry, why);
    release_if_unused(shadows, number);
}

void shadows_sweep(struct shadows *shadows, size_t budget)
{
    for (; budget > 0; budget--) {
        shadows->sweep = shadows->sweep + 1 < shadows->entry_count ? shadows->sweep + 1 : 1;
        struct shadow_entry *entry = entry_of(shadows, shadows->sweep);
        if (entry->real == NULL || !policy_looked(shadows->owner, entry->real))
            continue;
        entry->owner_untold = true;
        note_use(shadows, shadows->sweep);
    }
}
