/*
 * A multi-generation LRU: pages are born into the youngest of a few generations, and victims come
 * from the oldest. A page found used there goes to the youngest. A new youngest one begins when
 * only two are left, or when the youngest holds more than its share; then a walk goes through the former
 * youngest, so that what is in use moves up long before the eviction gets there.
 *
 *      oldest [p][p]   [p][p][p]   [p][p]   [p] youngest
 *      eviction takes from here             pages are born here, and come back here
 *
 * Linux walks page tables; here the walk goes through the pages, `walk` of them for each victim
 * asked for. Linux's tiers by number of file accesses, and their feedback controller, are left
 * out: a page that comes back within one capacity of evictions is born youngest, a later one and
 * one that was only read ahead a generation older.
 *
 * Source: Yu Zhao, the multi-generational LRU of Linux 6.1 (its multigen_lru documentation).
 * Parameters: generations=4 (3 to 8), walk=2 (pages for each victim).
 * Sampling: nothing is lost. The algorithm is made of Accessed bits.
 */
#include "policy.h"

#include <string.h>

#define GENERATIONS_MAX 8

struct mglru_state {
    struct policy_list generations[GENERATIONS_MAX]; /* by number modulo GENERATIONS_MAX */
    uint64_t oldest, youngest;                       /* numbers, counting up for ever */
    uint64_t generations_max;
    size_t resident;
    struct policy_page *walk_next; /* in the generation before the youngest; NULL: done */
    uint32_t pages_a_victim;
};

struct mglru_page {
    uint8_t generation; /* the number's last byte */
    bool referenced;    /* by an access that the hardware does not show */
};

static struct mglru_state *state_of(struct policy *policy)
{
    return policy->state;
}

static struct mglru_page *private_of(struct policy_page *page)
{
    return POLICY_PRIVATE(struct mglru_page, page);
}

static struct policy_list *generation(struct policy *policy, uint64_t number)
{
    return &state_of(policy)->generations[number % GENERATIONS_MAX];
}

static struct policy_list *list_of(struct policy *policy, struct policy_page *page)
{
    return generation(policy, private_of(page)->generation);
}

static void mglru_init(struct policy *policy)
{
    *state_of(policy) =
        (struct mglru_state){.youngest = 2, .generations_max = 4, .pages_a_victim = 2};
}

static bool mglru_parameter(struct policy *policy, const char *name, int64_t value)
{
    bool generations = strcmp(name, "generations") == 0;
    if (value < (generations ? 3 : 0) || value > (generations ? GENERATIONS_MAX : 64))
        return false;
    if (generations)
        state_of(policy)->generations_max = (uint64_t)value;
    else
        state_of(policy)->pages_a_victim = (uint32_t)value;
    return true;
}

static void leave(struct policy *policy, struct policy_page *page)
{
    struct mglru_state *state = state_of(policy);
    if (state->walk_next == page)
        state->walk_next = policy_list_next(page);
    policy_list_remove(list_of(policy, page), page);
    state->resident--;
}

static void join(struct policy *policy, struct policy_page *page, uint64_t number)
{
    private_of(page)->generation = (uint8_t)number;
    policy_list_push_back(generation(policy, number), page);
    state_of(policy)->resident++;
}

static void mglru_insert(struct policy *policy, struct policy_page *page,
                         enum policy_insert_why why, const struct policy_insert_info *info)
{
    uint64_t youngest = state_of(policy)->youngest;
    bool young = why != POLICY_READAHEAD &&
                 (why != POLICY_REFAULT || info->refault_distance <= policy->capacity);
    join(policy, page, young ? youngest : youngest - 1);
}

static void mglru_reference(struct policy *policy, struct policy_page *page,
                            enum policy_channel channel)
{
    (void)policy, (void)channel;
    private_of(page)->referenced = true;
}

static uint32_t mglru_remove(struct policy *policy, struct policy_page *page,
                             enum policy_remove_why why)
{
    (void)why;
    leave(policy, page);
    return 0;
}

static bool used(struct policy *policy, struct policy_page *page)
{
    bool referenced = policy_looked(policy, page) || private_of(page)->referenced;
    private_of(page)->referenced = false;
    return referenced;
}

static void move_up(struct policy *policy, struct policy_page *page)
{
    leave(policy, page);
    join(policy, page, state_of(policy)->youngest);
}

static void walk(struct policy *policy, size_t pages)
{
    struct mglru_state *state = state_of(policy);
    for (; pages > 0 && state->walk_next != NULL; pages--) {
        struct policy_page *page = state->walk_next;
        state->walk_next = policy_list_next(page);
        if (used(policy, page))
            move_up(policy, page);
    }
}

static void begin_generation(struct policy *policy)
{
    struct mglru_state *state = state_of(policy);
    state->walk_next = generation(policy, state->youngest)->front;
    state->youngest++;
}

/* Afterwards the oldest generation has pages, if there are any at all, and two younger ones. */
static void turn_generations(struct policy *policy)
{
    struct mglru_state *state = state_of(policy);
    while (state->resident > 0) {
        if (state->youngest - state->oldest < 2)
            begin_generation(policy);
        else if (generation(policy, state->oldest)->length == 0)
            state->oldest++;
        else
            break;
    }
}

/* The youngest has its share when all are alike. */
static void keep_shares(struct policy *policy)
{
    struct mglru_state *state = state_of(policy);
    if (state->youngest - state->oldest + 1 < state->generations_max &&
        generation(policy, state->youngest)->length * (state->generations_max - 1) >
            state->resident)
        begin_generation(policy);
}

/* The page to go next, at the front of the oldest generation; NULL: there is none. */
static struct policy_page *choose(struct policy *policy)
{
    struct mglru_state *state = state_of(policy);
    /* Each look that finds a use clears it, so that the loop ends. */
    for (;;) {
        turn_generations(policy);
        if (state->resident == 0)
            return NULL;
        struct policy_page *page = generation(policy, state->oldest)->front;
        if (!used(policy, page))
            return page;
        move_up(policy, page);
    }
}

/* Named, not gone: back to where it was, or to the oldest if that generation is over. */
static void put_back(struct policy *policy, struct policy_page *page)
{
    struct mglru_state *state = state_of(policy);
    if ((int8_t)(private_of(page)->generation - (uint8_t)state->oldest) < 0)
        private_of(page)->generation = (uint8_t)state->oldest;
    policy_list_push_front(list_of(policy, page), page);
    state->resident++;
}

static size_t mglru_victims(struct policy *policy, size_t want, struct policy_page **out)
{
    keep_shares(policy);
    walk(policy, want * state_of(policy)->pages_a_victim);
    size_t count = 0;
    struct policy_page *page;
    while (count < want && (page = choose(policy)) != NULL) {
        leave(policy, page);
        out[count++] = page;
    }
    for (size_t i = count; i-- > 0;)
        put_back(policy, out[i]);
    return count;
}

static void mglru_outcome(struct policy *policy, struct policy_page *page, enum policy_outcome what)
{
    if (what == POLICY_REJECTED || what == POLICY_DEFERRED || what == POLICY_RESCUED)
        move_up(policy, page);
}

static size_t mglru_export(struct policy *policy, uint64_t *cursor, struct policy_page **out,
                           size_t max)
{
    struct policy_list *lists[GENERATIONS_MAX];
    for (uint64_t i = 0; i < GENERATIONS_MAX; i++)
        lists[i] = generation(policy, state_of(policy)->oldest + i);
    return policy_export_lists(lists, GENERATIONS_MAX, cursor, out, max);
}

static const struct policy_parameter mglru_parameters[] = {
    {"generations", 4}, {"walk", 2}, {NULL, 0}};

const struct policy_ops mglru_policy = {
    .name = "mglru",
    .paper = "Zhao, the multi-generational LRU of Linux 6.1",
    .state_bytes = sizeof(struct mglru_state),
    .parameters = mglru_parameters,
    .init = mglru_init,
    .parameter = mglru_parameter,
    .insert = mglru_insert,
    .reference = mglru_reference,
    .remove = mglru_remove,
    .victims = mglru_victims,
    .outcome = mglru_outcome,
    .export = mglru_export,
};
