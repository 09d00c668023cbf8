/*
 * LRU-2: the page whose last reference but one is longest ago goes. A page that was referenced once
 * has no such time and goes before all others; of several, the one referenced longest ago.
 *
 * Pages stand in a heap in the arena, the next to go at its root. The time of the last reference
 * travels as the cookie of a page that was evicted, so that a page which comes back soon is known to
 * have been referenced before (the paper's retained information). References that follow each other
 * at most `correlated` apart are one.
 *
 * Paper: O'Neil, O'Neil, Weikum, The LRU-K page replacement algorithm for database disk buffering,
 * SIGMOD 1993.
 * Parameters: retained=200 (percent of the capacity, in evictions: how long a time is
 * remembered), correlated=0 (inserts and uses seen).
 * Sampling: a use is found when the page is next to go, and its time is that of the finding.
 */
#include "policy.h"

#include <string.h>

struct record {
    struct policy_page *page;
    uint64_t last, before; /* times of the last reference and the one before; 0: never */
};

struct lru_2_state {
    size_t count;                /* records in the heap, from 1 on */
    struct policy_list overflow; /* pages that found no place there; the first to go */
    uint64_t now;                /* inserts and uses so far: no two have one time */
    uint64_t retained_percent, correlated;
};

struct lru_2_page {
    uint32_t place; /* in the heap; 0: in the overflow */
};

static struct lru_2_state *state_of(struct policy *policy)
{
    return policy->state;
}

static struct record *heap_of(struct policy *policy)
{
    return (struct record *)policy->arena;
}

static struct lru_2_page *private_of(struct policy_page *page)
{
    return POLICY_PRIVATE(struct lru_2_page, page);
}

static void lru_2_init(struct policy *policy)
{
    *state_of(policy) = (struct lru_2_state){.retained_percent = 200};
}

static bool lru_2_parameter(struct policy *policy, const char *name, int64_t value)
{
    if (value < 0 || value > 1000000)
        return false;
    bool retained = strcmp(name, "retained") == 0;
    *(retained ? &state_of(policy)->retained_percent : &state_of(policy)->correlated) =
        (uint64_t)value;
    return true;
}

/* ---------------------------------------------------------------- the heap */

static bool goes_before(const struct record *a, const struct record *b)
{
    return a->before != b->before ? a->before < b->before : a->last < b->last;
}

static void put(struct policy *policy, size_t place, struct record record)
{
    heap_of(policy)[place] = record;
    private_of(record.page)->place = (uint32_t)place;
}

/* The record at `place` may be out of order with those above or below it. */
static void restore_order(struct policy *policy, size_t place)
{
    struct record *heap = heap_of(policy), record = heap[place];
    size_t count = state_of(policy)->count;
    for (; place > 1 && goes_before(&record, &heap[place / 2]); place /= 2)
        put(policy, place, heap[place / 2]);
    for (size_t child; (child = 2 * place) <= count; place = child) {
        if (child < count && goes_before(&heap[child + 1], &heap[child]))
            child++;
        if (!goes_before(&heap[child], &record))
            break;
        put(policy, place, heap[child]);
    }
    put(policy, place, record);
}

static void add(struct policy *policy, struct record record)
{
    size_t place = ++state_of(policy)->count;
    put(policy, place, record);
    restore_order(policy, place);
}

static struct record take(struct policy *policy, size_t place)
{
    struct record record = heap_of(policy)[place];
    struct record last = heap_of(policy)[state_of(policy)->count--];
    if (last.page != record.page) {
        put(policy, place, last);
        restore_order(policy, place);
    }
    return record;
}

/* ---------------------------------------------------------------- hooks */

static void lru_2_insert(struct policy *policy, struct policy_page *page,
                         enum policy_insert_why why, const struct policy_insert_info *info)
{
    struct lru_2_state *state = state_of(policy);
    struct record record = {.page = page, .last = ++state->now};
    if (state->count == policy->arena_frames) {
        private_of(page)->place = 0;
        policy_list_push_back(&state->overflow, page);
        return;
    }
    /* The cookie is the lower half of a time that is not far back. */
    if (why == POLICY_REFAULT && info->cookie != 0 &&
        info->refault_distance <= policy->capacity * state->retained_percent / 100) {
        uint64_t distance = (uint32_t)record.last - info->cookie;
        record.before = distance < record.last ? record.last - distance : 0;
    }
    add(policy, record);
}

static void use(struct policy *policy, struct policy_page *page)
{
    size_t place = private_of(page)->place;
    if (place == 0)
        return;
    struct record *record = &heap_of(policy)[place];
    uint64_t now = ++state_of(policy)->now;
    if (now - record->last > state_of(policy)->correlated)
        record->before = record->last;
    record->last = now;
    restore_order(policy, place);
}

static void lru_2_reference(struct policy *policy, struct policy_page *page,
                            enum policy_channel channel)
{
    (void)channel;
    use(policy, page);
}

static uint32_t lru_2_remove(struct policy *policy, struct policy_page *page,
                             enum policy_remove_why why)
{
    (void)why;
    if (private_of(page)->place == 0) {
        policy_list_remove(&state_of(policy)->overflow, page);
        return 0;
    }
    return (uint32_t)take(policy, private_of(page)->place).last;
}

static size_t lru_2_victims(struct policy *policy, size_t want, struct policy_page **out)
{
    struct lru_2_state *state = state_of(policy);
    struct record named[POLICY_VICTIMS_MAX];
    size_t count = policy_list_name(&state->overflow, want, out);
    size_t taken = 0;
    while (count < want && state->count > 0) {
        struct policy_page *page = heap_of(policy)[1].page;
        if (policy_looked(policy, page)) {
            use(policy, page);
            continue;
        }
        named[taken++] = take(policy, 1);
        out[count++] = page;
    }
    /* Named, not gone. */
    while (taken > 0)
        add(policy, named[--taken]);
    return count;
}

static void lru_2_outcome(struct policy *policy, struct policy_page *page, enum policy_outcome what)
{
    struct policy_list *overflow = &state_of(policy)->overflow;
    if (what == POLICY_READAHEAD_USED || what == POLICY_READAHEAD_WASTED)
        return;
    if (private_of(page)->place == 0)
        policy_list_move_back(overflow, overflow, page);
    else
        use(policy, page);
}

/* In the order of the heap, which is coldest first but roughly. */
static size_t lru_2_export(struct policy *policy, uint64_t *cursor, struct policy_page **out,
                           size_t max)
{
    size_t count = 0;
    while (count < max && *cursor < state_of(policy)->count)
        out[count++] = heap_of(policy)[++*cursor].page;
    return count;
}

static const struct policy_parameter lru_2_parameters[] = {
    {"retained", 200}, {"correlated", 0}, {NULL, 0}};

const struct policy_ops lru_2_policy = {
    .name = "lru-2",
    .paper = "O'Neil, O'Neil and Weikum, The LRU-K page replacement algorithm, SIGMOD 1993",
    .state_bytes = sizeof(struct lru_2_state),
    .arena_bytes_fixed = sizeof(struct record),
    .arena_bytes_per_frame = sizeof(struct record),
    .parameters = lru_2_parameters,
    .init = lru_2_init,
    .parameter = lru_2_parameter,
    .insert = lru_2_insert,
    .reference = lru_2_reference,
    .remove = lru_2_remove,
    .victims = lru_2_victims,
    .outcome = lru_2_outcome,
    .export = lru_2_export,
};
