/*
 * LRU by ageing: each page has a register of eight bits. Now and then the register moves one bit
 * to the right, and whether the page was used since the last time comes in from the left; the
 * page with the smallest number goes, of several the one that has had it longest.
 *
 *      class 0 [p][p]   class 1 []  ...  class 128 [p][p][p]  ...  class 255 [p]
 *                                                  ^ new pages: used once, just now
 *
 * Pages are kept by class. A sweep goes through the classes upwards and ages every page once; it
 * advances by `sweep` pages for each victim asked for, so that time is measured in evictions
 * and a fault pays a fixed share. A page that the sweep has passed stands behind those that it
 * has not, because it joins its new class at the back.
 *
 * Paper: Tanenbaum, Modern Operating Systems (the ageing algorithm); Belady 1966 for LRU.
 * Parameters: sweep=4 (pages aged for each victim).
 * Sampling: the algorithm is made for it. Uses between two visits of the sweep are one.
 */
#include "policy.h"

#define CLASSES 256
#define JUST_USED 128

struct lru_aging_state {
    struct policy_list classes[CLASSES];
    uint64_t occupied[CLASSES / 64]; /* a bit for each class that is not empty */
    size_t resident;
    uint32_t sweep_class; /* where the sweep is */
    uint8_t round;        /* of the sweep: parity */
    uint32_t pages_a_victim;
};

struct lru_aging_page {
    uint8_t age;
    uint8_t round;   /* in which it was aged last */
    bool referenced; /* by an access that the hardware does not show */
};

static struct lru_aging_state *state_of(struct policy *policy)
{
    return policy->state;
}

static struct lru_aging_page *private_of(struct policy_page *page)
{
    return POLICY_PRIVATE(struct lru_aging_page, page);
}

static void lru_aging_init(struct policy *policy)
{
    *state_of(policy) = (struct lru_aging_state){.pages_a_victim = 4};
}

static bool lru_aging_parameter(struct policy *policy, const char *name, int64_t value)
{
    (void)name;
    if (value < 0 || value > 64)
        return false;
    state_of(policy)->pages_a_victim = (uint32_t)value;
    return true;
}

static void take_out(struct lru_aging_state *state, struct policy_page *page)
{
    uint8_t age = private_of(page)->age;
    policy_list_remove(&state->classes[age], page);
    if (state->classes[age].length == 0)
        state->occupied[age / 64] &= ~(1ull << age % 64);
}

static void put_in(struct lru_aging_state *state, struct policy_page *page, bool at_front)
{
    uint8_t age = private_of(page)->age;
    state->occupied[age / 64] |= 1ull << age % 64;
    if (at_front)
        policy_list_push_front(&state->classes[age], page);
    else
        policy_list_push_back(&state->classes[age], page);
}

/* The first class from `from` on that is not empty; CLASSES: there is none. */
static uint32_t next_class(const struct lru_aging_state *state, uint32_t from)
{
    while (from < CLASSES) {
        uint64_t word = state->occupied[from / 64] >> from % 64;
        if (word != 0)
            return from + (uint32_t)__builtin_ctzll(word);
        from = (from / 64 + 1) * 64;
    }
    return CLASSES;
}

static void lru_aging_insert(struct policy *policy, struct policy_page *page,
                             enum policy_insert_why why, const struct policy_insert_info *info)
{
    struct lru_aging_state *state = state_of(policy);
    (void)why, (void)info;
    *private_of(page) = (struct lru_aging_page){.age = JUST_USED, .round = state->round};
    put_in(state, page, false);
    state->resident++;
}

static void lru_aging_reference(struct policy *policy, struct policy_page *page,
                                enum policy_channel channel)
{
    (void)policy, (void)channel;
    private_of(page)->referenced = true;
}

static uint32_t lru_aging_remove(struct policy *policy, struct policy_page *page,
                                 enum policy_remove_why why)
{
    (void)why;
    take_out(state_of(policy), page);
    state_of(policy)->resident--;
    return 0;
}

static bool used(struct policy *policy, struct policy_page *page)
{
    bool referenced = policy_looked(policy, page) || private_of(page)->referenced;
    private_of(page)->referenced = false;
    return referenced;
}

static void age(struct policy *policy, struct policy_page *page, bool referenced)
{
    struct lru_aging_state *state = state_of(policy);
    take_out(state, page);
    private_of(page)->age = (uint8_t)(private_of(page)->age / 2 + (referenced ? JUST_USED : 0));
    private_of(page)->round = state->round;
    put_in(state, page, false);
}

/* Ages up to `pages` pages. In a class those not yet aged in this round stand in front. */
static void sweep(struct policy *policy, size_t pages)
{
    struct lru_aging_state *state = state_of(policy);
    while (pages > 0 && state->resident > 0) {
        uint32_t class = next_class(state, state->sweep_class);
        struct policy_page *page = class < CLASSES ? state->classes[class].front : NULL;
        if (page != NULL && private_of(page)->round != state->round) {
            age(policy, page, used(policy, page));
            pages--;
        } else if (page != NULL) {
            state->sweep_class = class + 1;
        } else {
            state->sweep_class = 0;
            state->round ^= 1;
        }
    }
}

static struct policy_page *choose(struct policy *policy)
{
    struct lru_aging_state *state = state_of(policy);
    /* Each look that finds a use clears it, so that the loop ends. */
    for (;;) {
        uint32_t class = next_class(state, 0);
        if (class == CLASSES)
            return NULL;
        struct policy_page *page = state->classes[class].front;
        if (!used(policy, page))
            return page;
        age(policy, page, true);
    }
}

static size_t lru_aging_victims(struct policy *policy, size_t want, struct policy_page **out)
{
    struct lru_aging_state *state = state_of(policy);
    sweep(policy, want * state->pages_a_victim);
    size_t count = 0;
    struct policy_page *page;
    while (count < want && (page = choose(policy)) != NULL) {
        take_out(state, page);
        out[count++] = page;
    }
    /* Named, not gone: back to where they were. */
    for (size_t i = count; i-- > 0;)
        put_in(state, out[i], true);
    return count;
}

static void lru_aging_outcome(struct policy *policy, struct policy_page *page,
                              enum policy_outcome what)
{
    if (what == POLICY_REJECTED || what == POLICY_DEFERRED || what == POLICY_RESCUED)
        age(policy, page, true);
}

static size_t lru_aging_export(struct policy *policy, uint64_t *cursor, struct policy_page **out,
                               size_t max)
{
    struct lru_aging_state *state = state_of(policy);
    struct policy_page *last = (struct policy_page *)*cursor;
    size_t count = 0;
    while (count < max) {
        uint32_t class = last != NULL ? private_of(last)->age + 1u : 0;
        struct policy_page *next = last != NULL ? policy_list_next(last) : NULL;
        if (next == NULL && (class = next_class(state, class)) < CLASSES)
            next = state->classes[class].front;
        if (next == NULL)
            break;
        out[count++] = last = next;
    }
    *cursor = (uint64_t)last;
    return count;
}

static const struct policy_parameter lru_aging_parameters[] = {{"sweep", 4}, {NULL, 0}};

const struct policy_ops lru_aging_policy = {
    .name = "lru-aging",
    .paper = "Tanenbaum, Modern Operating Systems: ageing",
    .state_bytes = sizeof(struct lru_aging_state),
    .parameters = lru_aging_parameters,
    .init = lru_aging_init,
    .parameter = lru_aging_parameter,
    .insert = lru_aging_insert,
    .reference = lru_aging_reference,
    .remove = lru_aging_remove,
    .victims = lru_aging_victims,
    .outcome = lru_aging_outcome,
    .export = lru_aging_export,
};
