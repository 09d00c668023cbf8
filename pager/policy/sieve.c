/*
 * SIEVE: a queue in the order of arrival and a hand that moves from the oldest page to the
 * newest. It takes the first page that was not referenced since its last visit, and leaves the
 * others where they are: new pages are tried quickly, old favourites stay behind the hand.
 *
 *      front (oldest) [p][p][p][p][p] back (newest)      hand -->, then from the front again
 *
 * Paper: Zhang, Yang, Yue, Vigfusson, Rashmi, SIEVE is simpler than LRU, NSDI 2024.
 * Parameters: none.
 * Sampling: nothing is lost. The hand needs one bit, "since my last visit", and the Accessed bit
 * is just that.
 */
#include "policy.h"

struct sieve_state {
    struct policy_list queue;
    struct policy_page *hand; /* the page to look at next; NULL: the oldest */
};

/* REFERENCED: by an access that the hardware does not show. NAMED: in the call that is running. */
enum { REFERENCED = 1, NAMED = 2 };

static struct sieve_state *state_of(struct policy *policy)
{
    return policy->state;
}

static uint8_t *mark(struct policy_page *page)
{
    return POLICY_PRIVATE(uint8_t, page);
}

static void sieve_init(struct policy *policy)
{
    *state_of(policy) = (struct sieve_state){0};
}

static void sieve_insert(struct policy *policy, struct policy_page *page,
                         enum policy_insert_why why, const struct policy_insert_info *info)
{
    (void)why, (void)info;
    policy_list_push_back(&state_of(policy)->queue, page);
}

static void sieve_reference(struct policy *policy, struct policy_page *page,
                            enum policy_channel channel)
{
    (void)policy, (void)channel;
    *mark(page) = REFERENCED;
}

static uint32_t sieve_remove(struct policy *policy, struct policy_page *page,
                             enum policy_remove_why why)
{
    struct sieve_state *state = state_of(policy);
    (void)why;
    if (state->hand == page)
        state->hand = policy_list_next(page);
    policy_list_remove(&state->queue, page);
    return 0;
}

static size_t sieve_victims(struct policy *policy, size_t want, struct policy_page **out)
{
    struct sieve_state *state = state_of(policy);
    size_t count = 0;
    /* Once around clears every bit, so twice around finds all there is. */
    for (size_t steps = 2 * state->queue.length; steps > 0 && count < want; steps--) {
        struct policy_page *page = state->hand != NULL ? state->hand : state->queue.front;
        state->hand = policy_list_next(page);
        if (*mark(page) == NAMED)
            continue;
        bool stays = policy_looked(policy, page) || *mark(page) == REFERENCED;
        *mark(page) = stays ? 0 : NAMED;
        if (!stays)
            out[count++] = page;
    }
    for (size_t i = 0; i < count; i++)
        *mark(out[i]) = 0;
    return count;
}

static void sieve_outcome(struct policy *policy, struct policy_page *page, enum policy_outcome what)
{
    (void)policy;
    if (what == POLICY_RESCUED)
        *mark(page) = REFERENCED;
}

static size_t sieve_export(struct policy *policy, uint64_t *cursor, struct policy_page **out,
                           size_t max)
{
    struct policy_list *const lists[] = {&state_of(policy)->queue};
    return policy_export_lists(lists, 1, cursor, out, max);
}

const struct policy_ops sieve_policy = {
    .name = "sieve",
    .paper = "Zhang and others, SIEVE is simpler than LRU, NSDI 2024",
    .state_bytes = sizeof(struct sieve_state),
    .init = sieve_init,
    .insert = sieve_insert,
    .reference = sieve_reference,
    .remove = sieve_remove,
    .victims = sieve_victims,
    .outcome = sieve_outcome,
    .export = sieve_export,
};
