/*
 * See simulation.h.
 */
#include "simulation.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum page_flags { RESIDENT = 1, REFERENCED = 2, DIRTY = 4, SEEN = 8, NAMED = 16 };

/* How far ahead the tables' cache lines are asked for. */
#define PREFETCH_DISTANCE 24
#define CHUNK 65536u

static uint32_t number_of(const struct simulation *s, const struct policy_page *page)
{
    return (uint32_t)((const struct simulated_page *)page - s->pages);
}

/* A policy may name anything. */
static bool is_page(const struct simulation *s, const struct policy_page *page)
{
    uintptr_t distance = (uintptr_t)page - (uintptr_t)s->pages;
    return page != NULL && distance % sizeof *s->pages == 0 &&
           distance / sizeof *s->pages < s->page_count;
}

/* ---------------------------------------------------------------- what policies may ask */

static bool looked(struct policy *policy, struct policy_page *page)
{
    struct simulation *s = policy->core;
    uint32_t number = number_of(s, page);
    s->result.looks++;
    if ((s->flags[number] & (RESIDENT | REFERENCED)) != (RESIDENT | REFERENCED))
        return false;
    s->flags[number] &= (uint8_t)~REFERENCED;
    if (s->accessed_bits_only)
        policy->virtual_time++;
    return true;
}

static void information(struct policy *policy, const struct policy_page *page,
                        struct policy_page_info *info)
{
    const struct simulation *s = policy->core;
    uint32_t number = number_of(s, page);
    *info = (struct policy_page_info){
        .object = s->keys[number].object,
        .index = s->keys[number].index,
        .age = s->flags[number] & RESIDENT ? policy->virtual_time - s->pages[number].time : 0,
        .mappings = 1,
        .kind = POLICY_ANONYMOUS,
        .dirty = s->flags[number] & DIRTY,
    };
}

static const struct policy_services services = {looked, information};

/* ---------------------------------------------------------------- eviction */

static void evict(struct simulation *s, uint32_t number)
{
    struct simulated_page *page = &s->pages[number];
    s->result.evictions++;
    s->result.evictions_dirty += (s->flags[number] & DIRTY) != 0;
    page->cookie = s->policy.ops->remove(&s->policy, &page->policy, POLICY_EVICTED);
    page->time = s->result.evictions;
    s->flags[number] = SEEN;
    s->resident--;
}

/* As the pager: passes over referenced pages the first time around, takes any the second time. */
static void evict_by_core(struct simulation *s)
{
    for (uint64_t step = 0;; step++) {
        uint32_t number = s->hand;
        s->hand = number + 1 < s->page_count ? number + 1 : 0;
        if (!(s->flags[number] & RESIDENT))
            continue;
        if (step < s->page_count && (s->flags[number] & REFERENCED)) {
            s->flags[number] &= (uint8_t)~REFERENCED;
            continue;
        }
        s->result.core_picked++;
        evict(s, number);
        return;
    }
}

static bool select_page(struct simulation *s, struct policy_page *page)
{
    if (is_page(s, page) && (s->flags[number_of(s, page)] & (RESIDENT | NAMED)) == RESIDENT) {
        s->flags[number_of(s, page)] |= NAMED;
        return true;
    }
    s->result.rejected++;
    if (is_page(s, page) && s->policy.ops->outcome != NULL)
        s->policy.ops->outcome(&s->policy, page, POLICY_REJECTED);
    return false;
}

static void evict_batch(struct simulation *s, size_t want)
{
    struct policy_page *named[POLICY_VICTIMS_MAX];
    size_t count = s->policy.ops->victims(&s->policy, want, named), selected = 0;
    if (count > want)
        count = want;
    for (size_t i = 0; i < count; i++) {
        if (select_page(s, named[i]))
            named[selected++] = named[i];
    }
    for (size_t i = 0; i < selected; i++)
        evict(s, number_of(s, named[i]));
    for (; selected < want; selected++)
        evict_by_core(s);
}

static void make_room(struct simulation *s, uint64_t capacity)
{
    while (s->resident > capacity) {
        uint64_t over = s->resident - capacity;
        evict_batch(s, over < POLICY_VICTIMS_MAX ? over : POLICY_VICTIMS_MAX);
    }
}

/* ---------------------------------------------------------------- references */

static void miss(struct simulation *s, uint32_t number, bool write)
{
    struct policy *policy = &s->policy;
    if (s->resident >= policy->capacity)
        evict_batch(s, s->batch < s->resident ? s->batch : s->resident);
    struct simulated_page *page = &s->pages[number];
    bool refault = s->flags[number] & SEEN;
    struct policy_insert_info info = {.write = write};
    if (refault) {
        info.refault_distance = s->result.evictions - page->time;
        info.cookie = page->cookie;
    }
    s->result.misses++;
    s->result.cold += !refault;
    policy->virtual_time++;
    page->policy = (struct policy_page){0};
    page->time = policy->virtual_time;
    s->flags[number] = (uint8_t)(SEEN | RESIDENT | (write ? DIRTY : 0));
    s->resident++;
    policy->ops->insert(policy, &page->policy, refault ? POLICY_REFAULT : POLICY_DEMAND, &info);
    if (policy->ops->tick != NULL && policy->virtual_time >= s->next_tick) {
        s->next_tick = policy->virtual_time + POLICY_TICK_INTERVAL;
        policy->ops->tick(policy, POLICY_TICK_BUDGET);
    }
}

static inline bool access_page(struct simulation *s, uint32_t number, bool write)
{
    uint8_t flags = s->flags[number];
    if (!(flags & RESIDENT)) {
        miss(s, number, write);
        return false;
    }
    if (write)
        flags |= DIRTY;
    if (s->by_hook) {
        s->policy.virtual_time++;
        s->flags[number] = flags;
        s->policy.ops->reference(&s->policy, &s->pages[number].policy, POLICY_SCAN);
    } else {
        s->policy.virtual_time += !s->accessed_bits_only;
        s->flags[number] = flags | REFERENCED;
    }
    return true;
}

bool simulation_access(struct simulation *s, uint32_t page, bool write)
{
    s->result.references++;
    return access_page(s, page, write);
}

static void run_chunk(struct simulation *s, const uint32_t *references, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++) {
        if (i + PREFETCH_DISTANCE < count) {
            uint32_t later = REFERENCE_PAGE(references[i + PREFETCH_DISTANCE]);
            __builtin_prefetch(&s->flags[later], 1);
            __builtin_prefetch(&s->pages[later], 1);
        }
        access_page(s, REFERENCE_PAGE(references[i]), references[i] & REFERENCE_WRITE);
    }
}

void simulation_run(struct simulation *s, const uint32_t *references, uint64_t count,
                    _Atomic uint64_t *done)
{
    s->result.references += count;
    for (uint64_t at = 0; at < count; at += CHUNK) {
        uint64_t length = count - at < CHUNK ? count - at : CHUNK;
        run_chunk(s, references + at, length);
        if (done != NULL)
            atomic_fetch_add_explicit(done, length, memory_order_relaxed);
    }
}

void simulation_remove(struct simulation *s, uint32_t number, enum policy_remove_why why)
{
    assert(s->flags[number] & RESIDENT);
    s->policy.ops->remove(&s->policy, &s->pages[number].policy, why);
    s->flags[number] = 0; /* what is not evicted does not come back as a refault */
    s->resident--;
}

bool simulation_resize(struct simulation *s, uint64_t frames, struct failure *failure)
{
    if (!instance_resize(&s->policy, frames, failure))
        return false;
    make_room(s, frames);
    return true;
}

bool simulation_resident(const struct simulation *s, uint32_t page)
{
    return s->flags[page] & RESIDENT;
}

/* ---------------------------------------------------------------- life */

uint64_t simulation_bytes(const struct policy_ops *ops, uint64_t frames, uint64_t pages)
{
    uint64_t own = instance_bytes(ops, frames), bytes;
    return __builtin_add_overflow(own, pages * SIMULATION_PAGE_BYTES, &bytes) ? UINT64_MAX : bytes;
}

bool simulation_begin(struct simulation *s, const struct policy_choice *choice,
                      const struct simulation_setup *setup, struct failure *failure)
{
    if (setup->pages > SIMULATION_PAGES_MAX)
        return refuse(failure, "%s: %u pages, which is more than %u", choice->text, setup->pages,
                      SIMULATION_PAGES_MAX);
    *s = (struct simulation){
        .page_count = setup->pages,
        .batch = setup->batch,
        .accessed_bits_only = setup->accessed_bits_only,
        .by_hook = choice->ops->reference != NULL && !setup->accessed_bits_only,
        .keys = setup->keys,
        .pages = calloc(setup->pages, sizeof *s->pages),
        .flags = calloc(setup->pages, 1),
    };
    if (s->pages == NULL || s->flags == NULL) {
        simulation_end(s);
        return refuse(failure, "%s: out of memory: %u pages", choice->text, setup->pages);
    }
    const struct instance_setup instance = {
        choice->ops, setup->frames, setup->seed, &services, s,
    };
    if (instance_begin(&s->policy, &instance, failure) &&
        instance_parameters(&s->policy, choice->parameters, ':', failure))
        return true;
    simulation_end(s);
    return false;
}

void simulation_end(struct simulation *s)
{
    instance_end(&s->policy);
    free(s->pages);
    free(s->flags);
    s->pages = NULL;
    s->flags = NULL;
}
