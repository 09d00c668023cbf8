/*
 * The duel of the experts. See duel.h.
 */
#include "duel_lists.h"

#include <string.h>

/* Between two that differ in memory only a change costs nothing: percent of the frames. */
#define LEAD_AMONG_LIRS 2
/* A lead of fewer misses than this is chance, whatever its deviation. */
#define LEAD_MIN 4

#define ALL ((1u << EXPERTS) - 1)

const struct expert experts[EXPERTS] = {
    [RECENT] = {.lir = 0, .memory = 0},
    [FREQUENT] = {.lir = 99, .memory = 100},
    [SELECT] = {.lir = 99, .memory = 40},
};

/* ---------------------------------------------------------------- entries */

static uint16_t *bucket_of(struct duel *duel, uint32_t tag)
{
    return &duel->entries[tag % duel->entry_count].bucket;
}

static uint32_t find(struct duel *duel, uint32_t tag)
{
    uint32_t number = *bucket_of(duel, tag);
    while (number != 0 && entry_of(duel, number)->tag != tag)
        number = entry_of(duel, number)->chain;
    return number;
}

static bool is_held(const struct duel_entry *entry)
{
    if (entry->real != NULL || entry->queued)
        return true;
    for (size_t i = 0; i < EXPERTS; i++) {
        if (entry->place[i] != ABSENT)
            return true;
    }
    return false;
}

static void unhash(struct duel *duel, uint32_t number)
{
    uint32_t tag = entry_of(duel, number)->tag;
    uint16_t *link = bucket_of(duel, tag);
    while (*link != number)
        link = &entry_of(duel, *link)->chain;
    *link = entry_of(duel, number)->chain;
}

/* In the place of one that is only remembered. 0: all are held. */
static uint32_t find_or_make(struct duel *duel, uint32_t tag)
{
    uint32_t number = find(duel, tag);
    if (number != 0)
        return number;
    for (uint32_t steps = duel->entry_count - 1; steps > 0; steps--) {
        duel->reused = (uint16_t)(duel->reused % (duel->entry_count - 1) + 1);
        struct duel_entry *entry = entry_of(duel, duel->reused);
        if (is_held(entry))
            continue;
        if (entry->tag != 0)
            unhash(duel, duel->reused);
        uint16_t *bucket = bucket_of(duel, tag);
        *entry = (struct duel_entry){.tag = tag, .bucket = entry->bucket};
        entry->chain = *bucket;
        *bucket = duel->reused;
        return duel->reused;
    }
    return 0;
}

/* The page's tag, if it is in the sample; 0: it is not. */
static uint32_t sampled(struct duel *duel, const struct policy_page *page)
{
    uint64_t tag = policy_page_tag(duel->owner, page);
    return (uint32_t)(tag >> 32) <= duel->sampled_below ? (uint32_t)tag | 1 : 0;
}

/* The entry that stands for this page, 0: none. */
static uint32_t known(struct duel *duel, const struct policy_page *page)
{
    uint32_t tag = sampled(duel, page);
    uint32_t number = tag != 0 ? find(duel, tag) : 0;
    return number != 0 && entry_of(duel, number)->real == page ? number : 0;
}

static void enqueue(struct duel *duel, uint32_t number)
{
    struct duel_entry *entry = entry_of(duel, number);
    entry->untold = true;
    if (entry->queued)
        return;
    entry->queued = true;
    entry->next_queued = 0;
    if (duel->queue_front != 0)
        entry_of(duel, duel->queue_back)->next_queued = (uint16_t)number;
    else
        duel->queue_front = (uint16_t)number;
    duel->queue_back = (uint16_t)number;
}

/* ---------------------------------------------------------------- what an expert does */

static bool look(struct duel *duel, size_t which, uint32_t number, duel_found found)
{
    struct duel_entry *entry = entry_of(duel, number);
    uint8_t own = (uint8_t)(1u << which);
    bool used = entry->unseen & own;
    if (!used && entry->real != NULL && policy_looked(duel->owner, entry->real)) {
        used = true;
        found(duel->owner, entry->real);
        entry->unseen = ALL;
        enqueue(duel, number);
    }
    entry->unseen &= (uint8_t)~own;
    return used;
}

/* LIR pages beyond the target become pages of the queue, those least recently used first. */
static void keep_to_target(struct duel *duel, size_t which, size_t target, duel_found found)
{
    struct duel_list *lir = &duel->cache[which].lir;
    for (size_t looks = lir->length; lir->length > target;) {
        uint32_t bottom = lir->front;
        bool used = looks > 1 && look(duel, which, bottom, found);
        looks -= looks > 0;
        take_out(duel, which, bottom);
        if (used)
            put_used(duel, which, bottom, LIR);
        else
            put_back(duel, which, bottom, QUEUE);
    }
}

static size_t target_of(struct duel *duel, size_t which)
{
    return expert_lir_target(&experts[which], duel->frames);
}

static void evict_one(struct duel *duel, size_t which, duel_found found)
{
    struct duel_cache *cache = &duel->cache[which];
    keep_to_target(duel, which, target_of(duel, which), found);
    for (;;) {
        if (cache->queue.length == 0)
            keep_to_target(duel, which, cache->lir.length - 1, found);
        uint32_t number = cache->queue.front;
        bool used = look(duel, which, number, found);
        bool recent = is_recent(duel, which, number);
        take_out(duel, which, number);
        if (!used) {
            entry_of(duel, number)->view[which].evicted_at = ++cache->evictions;
            return;
        }
        put_used(duel, which, number, recent ? LIR : QUEUE);
        keep_to_target(duel, which, target_of(duel, which), found);
    }
}

/* A use of an entry that the cache has not got. */
static void miss(struct duel *duel, size_t which, uint32_t number, duel_found found)
{
    struct duel_cache *cache = &duel->cache[which];
    struct duel_entry *entry = entry_of(duel, number);
    if (cache->queue.length + cache->lir.length >= duel->frames)
        evict_one(duel, which, found);
    uint32_t evicted_at = entry->view[which].evicted_at;
    bool remembered = evicted_at != 0 && is_recent(duel, which, number) &&
                      cache->evictions - evicted_at <= expert_memory(&experts[which], duel->frames);
    entry->unseen &= (uint8_t) ~(1u << which);
    put_used(duel, which, number,
             remembered || cache->lir.length < target_of(duel, which) ? LIR : QUEUE);
    keep_to_target(duel, which, target_of(duel, which), found);
}

/* ---------------------------------------------------------------- telling */

static void count_misses(struct duel *duel, uint32_t missed)
{
    for (size_t i = 0; i < EXPERTS; i++) {
        for (size_t j = 0; j < EXPERTS; j++) {
            if (missed & 1u << i && !(missed & 1u << j))
                duel->lead[i][j] += DUEL_WEIGHT;
        }
    }
    if (duel->misses_until_fading-- > 0)
        return;
    duel->misses_until_fading = duel->frames / 2;
    for (size_t i = 0; i < EXPERTS; i++) {
        for (size_t j = 0; j < EXPERTS; j++)
            duel->lead[i][j] -= duel->lead[i][j] / DUEL_WEIGHT;
    }
}

static void tell(struct duel *duel, duel_found found)
{
    /* Each look that finds a use clears it, so that the queue runs empty. */
    while (duel->queue_front != 0) {
        uint32_t number = duel->queue_front, missed = 0;
        struct duel_entry *entry = entry_of(duel, number);
        duel->queue_front = entry->next_queued;
        entry->queued = false;
        for (size_t i = 0; i < EXPERTS && entry->untold; i++) {
            if (entry->place[i] != ABSENT)
                continue;
            miss(duel, i, number, found);
            missed |= 1u << i;
        }
        entry->untold = entry->queued;
        if (missed != 0)
            count_misses(duel, missed);
    }
}

/* A page of a queue that does not become LIR by it goes to the end at once, as in an LRU list; all
   other uses wait for a look. */
static void note_use(struct duel *duel, uint32_t number)
{
    struct duel_entry *entry = entry_of(duel, number);
    entry->unseen = ALL;
    for (size_t i = 0; i < EXPERTS; i++) {
        if (entry->place[i] != QUEUE || is_recent(duel, i, number))
            continue;
        take_out(duel, i, number);
        put_used(duel, i, number, QUEUE);
        entry->unseen &= (uint8_t) ~(1u << i);
    }
    enqueue(duel, number);
}

/* ---------------------------------------------------------------- what happens to pages */

void duel_begin(struct duel *duel, struct policy *owner, void *memory, uint32_t divisor)
{
    size_t capacity = owner->capacity, frames = capacity / DUEL_RATE;
    if (frames > DUEL_FRAMES_MAX)
        frames = DUEL_FRAMES_MAX;
    if (frames < DUEL_FRAMES_MIN)
        frames = DUEL_FRAMES_MIN < capacity ? DUEL_FRAMES_MIN : capacity;
    *duel = (struct duel){
        .owner = owner,
        .entries = memory,
        .entry_count = (uint32_t)(frames * DUEL_ENTRIES + 1),
        .frames = frames > divisor ? (uint32_t)(frames / divisor) : 1,
        .sampled_below = (uint32_t)((uint64_t)UINT32_MAX * frames / capacity),
    };
    memset(duel->entries, 0, duel->entry_count * sizeof *duel->entries);
}

void duel_enter(struct duel *duel, struct policy *owner, void *memory)
{
    duel->owner = owner;
    duel->entries = memory;
}

void duel_adopt(struct duel *duel, struct policy_page *page)
{
    uint32_t tag = sampled(duel, page);
    uint32_t number = tag != 0 ? find_or_make(duel, tag) : 0;
    if (number == 0)
        return;
    entry_of(duel, number)->real = page;
    for (size_t i = 0; i < EXPERTS; i++) {
        struct duel_cache *cache = &duel->cache[i];
        if (entry_of(duel, number)->place[i] != ABSENT)
            continue;
        put_used(duel, i, number, target_of(duel, i) > 0 ? LIR : QUEUE);
        if (cache->lir.length > target_of(duel, i)) {
            uint32_t bottom = cache->lir.front;
            take_out(duel, i, bottom);
            put_back(duel, i, bottom, QUEUE);
        }
        if (cache->lir.length + cache->queue.length > duel->frames) {
            uint32_t oldest = cache->queue.front;
            take_out(duel, i, oldest);
            entry_of(duel, oldest)->view[i].evicted_at = ++cache->evictions;
        }
    }
}

void duel_inserted(struct duel *duel, struct policy_page *page, bool is_use)
{
    uint32_t tag = sampled(duel, page);
    uint32_t number = tag != 0 ? find_or_make(duel, tag) : 0;
    if (number == 0)
        return;
    entry_of(duel, number)->real = page;
    if (is_use)
        note_use(duel, number);
}

void duel_used(struct duel *duel, struct policy_page *page)
{
    uint32_t number = known(duel, page);
    if (number != 0)
        note_use(duel, number);
}

void duel_removed(struct duel *duel, struct policy_page *page, enum policy_remove_why why)
{
    uint32_t number = known(duel, page);
    if (number == 0)
        return;
    struct duel_entry *entry = entry_of(duel, number);
    entry->real = NULL;
    if (why == POLICY_EVICTED)
        return;
    entry->untold = false;
    for (size_t i = 0; i < EXPERTS; i++) {
        if (entry->place[i] != ABSENT)
            take_out(duel, i, number);
        entry->view[i].evicted_at = 0;
    }
}

void duel_sweep(struct duel *duel, size_t budget, duel_found found)
{
    for (uint32_t steps = duel->entry_count - 1; steps > 0 && budget > 0; steps--) {
        duel->swept = (uint16_t)(duel->swept % (duel->entry_count - 1) + 1);
        struct duel_entry *entry = entry_of(duel, duel->swept);
        if (entry->real == NULL)
            continue;
        budget--;
        if (!policy_looked(duel->owner, entry->real))
            continue;
        found(duel->owner, entry->real);
        note_use(duel, duel->swept);
    }
    tell(duel, found);
}

/* ---------------------------------------------------------------- the choice */

uint64_t duel_lead(const struct duel *duel, uint32_t holder, uint32_t challenger, uint32_t evidence)
{
    uint64_t for_it = duel->lead[holder][challenger], against = duel->lead[challenger][holder];
    uint64_t difference = for_it > against ? for_it - against : 0;
    bool chance =
        difference < LEAD_MIN * DUEL_WEIGHT ||
        difference * difference < (uint64_t)evidence * evidence * DUEL_WEIGHT * (for_it + against);
    return chance ? 0 : difference;
}

uint32_t duel_winner(const struct duel *duel, uint32_t holder, const struct duel_terms *terms)
{
    uint64_t frames = (uint64_t)duel->frames * DUEL_WEIGHT, best_lead = 0;
    uint32_t best = holder;
    for (uint32_t i = 0; i < EXPERTS; i++) {
        uint64_t its = i != holder ? duel_lead(duel, holder, i, terms->evidence) : 0;
        uint32_t percent = i == RECENT        ? terms->patience
                           : holder == RECENT ? terms->trust
                                              : LEAD_AMONG_LIRS;
        if (its <= best_lead || its * 100 < frames * percent)
            continue;
        best = i;
        best_lead = its;
    }
    return best;
}
