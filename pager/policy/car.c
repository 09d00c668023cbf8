/*
 * CAR, clock with adaptive replacement: ARC with two clocks in the place of two LRU lists. It
 * needs nothing but a bit a page when a page is used, as paging hardware has it.
 *
 *      ghosts | recent:   the hand gives referenced pages to `frequent`
 *      ghosts | frequent: the hand gives referenced pages another round
 *
 * The target for `recent` moves as in ARC, here for the next victim instead of this one.
 *
 * Paper: Bansal, Modha, CAR: clock with adaptive replacement, FAST 2004.
 * Parameters: none.
 * Sampling: nothing is lost. The algorithm is made of Accessed bits.
 */
#include "ghost_lists.h"

struct car_state {
    struct policy_list clock[2]; /* recent, frequent; front: under the hand */
    size_t target;               /* for recent */
    struct ghost_lists ghosts;
};

enum { RECENT, FREQUENT };

struct car_page {
    uint8_t place;
    bool referenced; /* by an access that the hardware does not show */
};

static struct car_state *state_of(struct policy *policy)
{
    return policy->state;
}

static struct car_page *private_of(struct policy_page *page)
{
    return POLICY_PRIVATE(struct car_page, page);
}

static struct policy_list *clock_of(struct policy *policy, struct policy_page *page)
{
    return &state_of(policy)->clock[private_of(page)->place];
}

static size_t greater(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* Recent and its ghosts are at most one capacity, everything together at most two. */
static void trim_ghosts(struct policy *policy)
{
    struct car_state *state = state_of(policy);
    struct policy_node_list *ghosts = state->ghosts.list;
    size_t resident = state->clock[RECENT].length + state->clock[FREQUENT].length;
    while (ghosts[RECENT].length > 0 &&
           state->clock[RECENT].length + ghosts[RECENT].length > policy->capacity)
        ghost_drop_oldest(&state->ghosts, RECENT);
    while (ghosts[FREQUENT].length > 0 &&
           resident + ghosts[RECENT].length + ghosts[FREQUENT].length > 2 * policy->capacity)
        ghost_drop_oldest(&state->ghosts, FREQUENT);
}

static void car_init(struct policy *policy)
{
    *state_of(policy) = (struct car_state){0};
    ghost_lists_place(&state_of(policy)->ghosts, policy);
}

static void car_resize(struct policy *policy, size_t capacity)
{
    struct car_state *state = state_of(policy);
    ghost_lists_place(&state->ghosts, policy);
    if (state->target > capacity)
        state->target = capacity;
    trim_ghosts(policy);
}

static void adapt(struct policy *policy, int ghost)
{
    struct car_state *state = state_of(policy);
    size_t recent = state->ghosts.list[RECENT].length;
    size_t frequent = state->ghosts.list[FREQUENT].length;
    if (ghost == RECENT) {
        size_t step = greater(frequent / greater(recent, 1), 1);
        state->target =
            step < policy->capacity - state->target ? state->target + step : policy->capacity;
    } else {
        size_t step = greater(recent / greater(frequent, 1), 1);
        state->target = step < state->target ? state->target - step : 0;
    }
}

static void car_insert(struct policy *policy, struct policy_page *page, enum policy_insert_why why,
                       const struct policy_insert_info *info)
{
    struct car_state *state = state_of(policy);
    (void)info;
    int ghost = ghost_take(&state->ghosts, policy_page_tag(policy, page));
    if (ghost >= 0 && why == POLICY_REFAULT) {
        adapt(policy, ghost);
        private_of(page)->place = FREQUENT;
    }
    policy_list_push_back(clock_of(policy, page), page);
    trim_ghosts(policy);
}

static void car_reference(struct policy *policy, struct policy_page *page,
                          enum policy_channel channel)
{
    (void)policy, (void)channel;
    private_of(page)->referenced = true;
}

static uint32_t car_remove(struct policy *policy, struct policy_page *page,
                           enum policy_remove_why why)
{
    struct car_state *state = state_of(policy);
    policy_list_remove(clock_of(policy, page), page);
    if (why == POLICY_EVICTED) {
        ghost_add(&state->ghosts, private_of(page)->place, policy_page_tag(policy, page));
        trim_ghosts(policy);
    }
    return 0;
}

/* The page to go next, under a hand; NULL: there is none. */
static struct policy_page *choose(struct policy *policy)
{
    struct car_state *state = state_of(policy);
    for (;;) {
        size_t recent = state->clock[RECENT].length;
        bool from_recent = recent > 0 && (recent >= greater(state->target, 1) ||
                                          state->clock[FREQUENT].length == 0);
        struct policy_list *clock = &state->clock[from_recent ? RECENT : FREQUENT];
        struct policy_page *page = clock->front;
        if (page == NULL)
            return NULL;
        if (!policy_looked(policy, page) && !private_of(page)->referenced)
            return page;
        *private_of(page) = (struct car_page){.place = FREQUENT};
        policy_list_move_back(clock, &state->clock[FREQUENT], page);
    }
}

static size_t car_victims(struct policy *policy, size_t want, struct policy_page **out)
{
    size_t count = 0;
    struct policy_page *page;
    while (count < want && (page = choose(policy)) != NULL) {
        policy_list_remove(clock_of(policy, page), page);
        out[count++] = page;
    }
    /* Named, not gone: back under the hands. */
    for (size_t i = count; i-- > 0;)
        policy_list_push_front(clock_of(policy, out[i]), out[i]);
    return count;
}

static void car_outcome(struct policy *policy, struct policy_page *page, enum policy_outcome what)
{
    if (what == POLICY_RESCUED)
        private_of(page)->referenced = true;
    if (what == POLICY_REJECTED || what == POLICY_DEFERRED || what == POLICY_RESCUED)
        policy_list_move_back(clock_of(policy, page), clock_of(policy, page), page);
}

static size_t car_export(struct policy *policy, uint64_t *cursor, struct policy_page **out,
                         size_t max)
{
    struct policy_list *const lists[] = {&state_of(policy)->clock[RECENT],
                                         &state_of(policy)->clock[FREQUENT]};
    return policy_export_lists(lists, 2, cursor, out, max);
}

const struct policy_ops car_policy = {
    .name = "car",
    .paper = "Bansal and Modha, CAR: clock with adaptive replacement, FAST 2004",
    .state_bytes = sizeof(struct car_state),
    .arena_bytes_fixed = GHOST_LISTS_BYTES_FIXED,
    .arena_bytes_per_frame = GHOST_LISTS_BYTES_PER_FRAME,
    .init = car_init,
    .resize = car_resize,
    .insert = car_insert,
    .reference = car_reference,
    .remove = car_remove,
    .victims = car_victims,
    .outcome = car_outcome,
    .export = car_export,
};
