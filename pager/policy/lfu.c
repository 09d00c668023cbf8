/*
 * LFU: the page with the fewest references goes; of several, the one whose last reference is
 * oldest. Counts halve now and then, or yesterday's favourites would stay for ever.
 *
 *      buckets, fewest first:   [1: a b c] <-> [2: d] <-> [7: e f]       each: oldest first
 *
 * A bucket holds the pages with one count; there is one for each count that occurs, and a page
 * that is referenced moves to the next or to a new one behind its own: constant time. Halving
 * joins buckets, the smaller count in front.
 *
 * Paper: Maffeis, Cache management algorithms for flexible filesystems, 1993 (LFU with ageing);
 * the buckets: Shah, Mitra, Matani, An O(1) algorithm for implementing the LFU scheme, 2010.
 * Parameters: halve=128 (capacities' worth of references and faults between two halvings; 0:
 * never, which is plain LFU).
 * Sampling: a use is found when the page becomes the candidate, and counts once however often it
 * was repeated. So counts are small, and the order among busy pages is that of second chance.
 */
#include "policy.h"

struct bucket {
    struct policy_list pages; /* front: its last reference is oldest */
    uint64_t count;
    uint32_t next, previous; /* by number; 0 is the head of the ring. A free one: next only */
};

struct lfu_state {
    size_t buckets; /* in the arena, the head included */
    uint32_t free;
    int64_t halve;
    uint64_t halve_at; /* virtual time */
};

struct lfu_page {
    uint32_t bucket;
    bool named;
};

static struct lfu_state *state_of(struct policy *policy)
{
    return policy->state;
}

static struct bucket *bucket_of(struct policy *policy, uint32_t number)
{
    return &((struct bucket *)policy->arena)[number];
}

static struct lfu_page *private_of(struct policy_page *page)
{
    return POLICY_PRIVATE(struct lfu_page, page);
}

static void bucket_free(struct policy *policy, uint32_t number)
{
    bucket_of(policy, number)->next = state_of(policy)->free;
    state_of(policy)->free = number;
}

/* The number of a new one behind `previous`; 0: more pages than frames, and all are taken. */
static uint32_t bucket_make(struct policy *policy, uint32_t previous, uint64_t count)
{
    uint32_t number = state_of(policy)->free;
    if (number == 0)
        return 0;
    struct bucket *bucket = bucket_of(policy, number), *before = bucket_of(policy, previous);
    state_of(policy)->free = bucket->next;
    *bucket = (struct bucket){.count = count, .next = before->next, .previous = previous};
    bucket_of(policy, before->next)->previous = number;
    before->next = number;
    return number;
}

static void release_if_empty(struct policy *policy, uint32_t number)
{
    struct bucket *bucket = bucket_of(policy, number);
    if (number == 0 || bucket->pages.length != 0)
        return;
    bucket_of(policy, bucket->previous)->next = bucket->next;
    bucket_of(policy, bucket->next)->previous = bucket->previous;
    bucket_free(policy, number);
}

/* In init and resize: the buckets that the arena has beyond the old ones. */
static void take_arena(struct policy *policy)
{
    struct lfu_state *state = state_of(policy);
    for (size_t i = policy->arena_frames; i >= state->buckets && i > 0; i--)
        bucket_free(policy, (uint32_t)i);
    state->buckets = policy->arena_frames + 1;
}

static void lfu_init(struct policy *policy)
{
    *state_of(policy) = (struct lfu_state){.halve = 128};
    take_arena(policy);
}

static void lfu_resize(struct policy *policy, size_t capacity)
{
    (void)capacity;
    take_arena(policy);
}

static bool lfu_parameter(struct policy *policy, const char *name, int64_t value)
{
    (void)name;
    if (value < 0 || value > 1000000)
        return false;
    state_of(policy)->halve = value;
    state_of(policy)->halve_at = 0;
    return true;
}

static void join_to_previous(struct policy *policy, uint32_t number)
{
    struct bucket *bucket = bucket_of(policy, number);
    while (bucket->pages.front != NULL) {
        struct policy_page *page = bucket->pages.front;
        private_of(page)->bucket = bucket->previous;
        policy_list_move_back(&bucket->pages, &bucket_of(policy, bucket->previous)->pages, page);
    }
    release_if_empty(policy, number);
}

/* All counts, rounded up: none becomes 0. Linear, once in very many references. */
static void halve_if_due(struct policy *policy)
{
    struct lfu_state *state = state_of(policy);
    if (state->halve == 0 || policy->virtual_time < state->halve_at)
        return;
    bool due = state->halve_at != 0;
    state->halve_at = policy->virtual_time + (uint64_t)state->halve * policy->capacity;
    if (!due)
        return;
    for (uint32_t i = bucket_of(policy, 0)->next; i != 0;) {
        struct bucket *bucket = bucket_of(policy, i);
        uint32_t next = bucket->next;
        bucket->count = (bucket->count + 1) / 2;
        if (bucket->previous != 0 && bucket_of(policy, bucket->previous)->count == bucket->count)
            join_to_previous(policy, i);
        i = next;
    }
}

static void file_under(struct policy *policy, struct policy_page *page, uint32_t previous,
                       uint64_t count)
{
    uint32_t next = bucket_of(policy, previous)->next;
    uint32_t number = next;
    if (next == 0 || bucket_of(policy, next)->count != count)
        number = bucket_make(policy, previous, count);
    if (number == 0)
        number = previous != 0 ? previous : next;
    private_of(page)->bucket = number;
    policy_list_push_back(&bucket_of(policy, number)->pages, page);
}

static void lfu_insert(struct policy *policy, struct policy_page *page, enum policy_insert_why why,
                       const struct policy_insert_info *info)
{
    (void)why, (void)info;
    file_under(policy, page, 0, 1);
    halve_if_due(policy);
}

static void count_reference(struct policy *policy, struct policy_page *page)
{
    uint32_t number = private_of(page)->bucket;
    struct bucket *bucket = bucket_of(policy, number);
    policy_list_remove(&bucket->pages, page);
    file_under(policy, page, number, bucket->count + 1);
    release_if_empty(policy, number);
}

static void lfu_reference(struct policy *policy, struct policy_page *page,
                          enum policy_channel channel)
{
    (void)channel;
    count_reference(policy, page);
    halve_if_due(policy);
}

static uint32_t lfu_remove(struct policy *policy, struct policy_page *page,
                           enum policy_remove_why why)
{
    uint32_t number = private_of(page)->bucket;
    (void)why;
    policy_list_remove(&bucket_of(policy, number)->pages, page);
    release_if_empty(policy, number);
    return 0;
}

/* The least used page that is not yet named; NULL: there is none. */
static struct policy_page *candidate(struct policy *policy)
{
    for (uint32_t i = bucket_of(policy, 0)->next; i != 0; i = bucket_of(policy, i)->next) {
        struct policy_page *page = bucket_of(policy, i)->pages.front;
        while (page != NULL && private_of(page)->named)
            page = policy_list_next(page);
        if (page != NULL)
            return page;
    }
    return NULL;
}

static size_t lfu_victims(struct policy *policy, size_t want, struct policy_page **out)
{
    size_t count = 0;
    struct policy_page *page;
    /* Each look that finds a use clears it, so that the loop ends. */
    while (count < want && (page = candidate(policy)) != NULL) {
        if (policy_looked(policy, page)) {
            count_reference(policy, page);
            continue;
        }
        private_of(page)->named = true;
        out[count++] = page;
    }
    for (size_t i = 0; i < count; i++)
        private_of(out[i])->named = false;
    return count;
}

static void lfu_outcome(struct policy *policy, struct policy_page *page, enum policy_outcome what)
{
    struct policy_list *pages = &bucket_of(policy, private_of(page)->bucket)->pages;
    if (what == POLICY_RESCUED)
        count_reference(policy, page);
    else if (what == POLICY_REJECTED || what == POLICY_DEFERRED)
        policy_list_move_back(pages, pages, page);
}

static size_t lfu_export(struct policy *policy, uint64_t *cursor, struct policy_page **out,
                         size_t max)
{
    struct policy_page *last = (struct policy_page *)*cursor;
    size_t count = 0;
    uint32_t bucket = last != NULL ? private_of(last)->bucket : 0;
    while (count < max) {
        last = last != NULL ? policy_list_next(last) : NULL;
        if (last == NULL) {
            bucket = bucket_of(policy, bucket)->next;
            if (bucket == 0)
                break;
            last = bucket_of(policy, bucket)->pages.front;
        }
        out[count++] = last;
    }
    if (count != 0)
        *cursor = (uint64_t)out[count - 1];
    return count;
}

static const struct policy_parameter lfu_parameters[] = {{"halve", 128}, {NULL, 0}};

const struct policy_ops lfu_policy = {
    .name = "lfu",
    .paper = "Maffeis, 1993; Shah, Mitra and Matani, An O(1) algorithm for LFU, 2010",
    .state_bytes = sizeof(struct lfu_state),
    .arena_bytes_fixed = sizeof(struct bucket),
    .arena_bytes_per_frame = sizeof(struct bucket),
    .parameters = lfu_parameters,
    .init = lfu_init,
    .resize = lfu_resize,
    .parameter = lfu_parameter,
    .insert = lfu_insert,
    .reference = lfu_reference,
    .remove = lfu_remove,
    .victims = lfu_victims,
    .outcome = lfu_outcome,
    .export = lfu_export,
};
