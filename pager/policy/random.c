/*
 * Random: any page may go. The yardstick for policies that claim to know better, and on loops
 * a little larger than memory better than most of them.
 *
 * The pages stand in an array; a hole is filled from its end. Pages beyond what the arena holds
 * (a group that ends gives its pages to another, full or not) wait in a list and go first.
 *
 * Paper: Belady, A study of replacement algorithms for a virtual-storage computer, 1966.
 * Parameters: none. The generator starts from the instance's seed, so that runs repeat.
 * Sampling: references do not matter.
 */
#include "policy.h"

struct random_state {
    uint64_t generator;
    size_t count;                /* pages in the array */
    struct policy_list overflow; /* pages that found no place there */
};

struct random_page {
    uint32_t index;
    bool overflow;
};

static struct random_state *state_of(struct policy *policy)
{
    return policy->state;
}

static struct policy_page **array_of(struct policy *policy)
{
    return (struct policy_page **)policy->arena;
}

static struct random_page *private_of(struct policy_page *page)
{
    return POLICY_PRIVATE(struct random_page, page);
}

static void random_init(struct policy *policy)
{
    /* The generator must not start from 0. */
    *state_of(policy) = (struct random_state){.generator = policy->seed | 1};
}

/* Marsaglia's xorshift64: enough for choosing, and the same everywhere. */
static uint64_t random_number(struct policy *policy)
{
    uint64_t x = state_of(policy)->generator;
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    return state_of(policy)->generator = x;
}

static void place(struct policy *policy, struct policy_page *page, size_t index)
{
    array_of(policy)[index] = page;
    private_of(page)->index = (uint32_t)index;
}

static void random_insert(struct policy *policy, struct policy_page *page,
                          enum policy_insert_why why, const struct policy_insert_info *info)
{
    struct random_state *state = state_of(policy);
    (void)why, (void)info;
    private_of(page)->overflow = state->count >= policy->arena_frames;
    if (private_of(page)->overflow)
        policy_list_push_back(&state->overflow, page);
    else
        place(policy, page, state->count++);
}

static uint32_t random_remove(struct policy *policy, struct policy_page *page,
                              enum policy_remove_why why)
{
    struct random_state *state = state_of(policy);
    (void)why;
    if (private_of(page)->overflow) {
        policy_list_remove(&state->overflow, page);
        return 0;
    }
    struct policy_page *last = array_of(policy)[--state->count];
    place(policy, last, private_of(page)->index);
    return 0;
}

/* The named ones change places with those at the front, so that none is drawn twice. */
static size_t random_victims(struct policy *policy, size_t want, struct policy_page **out)
{
    struct random_state *state = state_of(policy);
    size_t count = policy_list_name(&state->overflow, want, out);
    for (size_t drawn = 0; drawn < state->count && count < want; drawn++) {
        size_t index = drawn + random_number(policy) % (state->count - drawn);
        struct policy_page *page = array_of(policy)[index];
        place(policy, array_of(policy)[drawn], index);
        place(policy, page, drawn);
        out[count++] = page;
    }
    return count;
}

static void random_outcome(struct policy *policy, struct policy_page *page,
                           enum policy_outcome what)
{
    struct policy_list *overflow = &state_of(policy)->overflow;
    if (what != POLICY_READAHEAD_USED && what != POLICY_READAHEAD_WASTED &&
        private_of(page)->overflow)
        policy_list_move_back(overflow, overflow, page);
}

static size_t random_export(struct policy *policy, uint64_t *cursor, struct policy_page **out,
                            size_t max)
{
    struct random_state *state = state_of(policy);
    size_t count = 0;
    while (count < max && *cursor < state->count)
        out[count++] = array_of(policy)[(*cursor)++];
    /* Who is in the overflow list is found by the core. */
    return count;
}

const struct policy_ops random_policy = {
    .name = "random",
    .paper = "Belady, A study of replacement algorithms for a virtual-storage computer, 1966",
    .state_bytes = sizeof(struct random_state),
    .arena_bytes_per_frame = sizeof(struct policy_page *),
    .init = random_init,
    .insert = random_insert,
    .remove = random_remove,
    .victims = random_victims,
    .outcome = random_outcome,
    .export = random_export,
};
