/*
 * ARC, the adaptive replacement cache: two LRU lists, of pages used once lately (recent) and more
 * often (frequent), and ghosts of what each let go. A refault on a ghost says which of the two
 * should have been longer, and moves the target for `recent`.
 *
 *      ghosts | recent  ->  MRU          target: how long `recent` should be
 *      ghosts | frequent -> MRU
 *
 * Here the victim goes before it is known which page comes, so a refault moves the target for the
 * next victim, where the paper moves it for this one; and the paper's tie-break for a page that
 * comes from the second ghost list cannot be made.
 *
 * Paper: Megiddo, Modha, ARC: a self-tuning, low overhead replacement cache, FAST 2003.
 * Parameters: none.
 * Sampling: a page at the end of a list whose Accessed bit is set counts as used now. So a use is
 * noticed late and its order among others is lost, as in CAR; pages that nobody asks for stay put.
 */
#include "ghost_lists.h"

struct arc_state {
    struct policy_list list[2]; /* recent, frequent; front: the next to go */
    size_t target;              /* for recent */
    struct ghost_lists ghosts;
};

enum { RECENT, FREQUENT };

static struct arc_state *state_of(struct policy *policy)
{
    return policy->state;
}

/* RECENT or FREQUENT. */
static uint8_t *place_of(struct policy_page *page)
{
    return POLICY_PRIVATE(uint8_t, page);
}

static struct policy_list *list_of(struct policy *policy, struct policy_page *page)
{
    return &state_of(policy)->list[*place_of(page)];
}

static size_t greater(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* Recent and its ghosts are at most one capacity, everything together at most two. */
static void trim_ghosts(struct policy *policy)
{
    struct arc_state *state = state_of(policy);
    struct policy_node_list *ghosts = state->ghosts.list;
    while (ghosts[RECENT].length > 0 &&
           state->list[RECENT].length + ghosts[RECENT].length > policy->capacity)
        ghost_drop_oldest(&state->ghosts, RECENT);
    while (ghosts[FREQUENT].length > 0 && state->list[RECENT].length +
                                                  state->list[FREQUENT].length +
                                                  ghosts[RECENT].length + ghosts[FREQUENT].length >
                                              2 * policy->capacity)
        ghost_drop_oldest(&state->ghosts, FREQUENT);
}

static void arc_init(struct policy *policy)
{
    *state_of(policy) = (struct arc_state){0};
    ghost_lists_place(&state_of(policy)->ghosts, policy);
}

static void arc_resize(struct policy *policy, size_t capacity)
{
    struct arc_state *state = state_of(policy);
    ghost_lists_place(&state->ghosts, policy);
    if (state->target > capacity)
        state->target = capacity;
    trim_ghosts(policy);
}

static void adapt(struct policy *policy, int ghost)
{
    struct arc_state *state = state_of(policy);
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

static void arc_insert(struct policy *policy, struct policy_page *page, enum policy_insert_why why,
                       const struct policy_insert_info *info)
{
    struct arc_state *state = state_of(policy);
    (void)info;
    int ghost = ghost_take(&state->ghosts, policy_page_tag(policy, page));
    if (ghost >= 0 && why == POLICY_REFAULT) {
        adapt(policy, ghost);
        *place_of(page) = FREQUENT;
    }
    policy_list_push_back(list_of(policy, page), page);
    trim_ghosts(policy);
}

static void use(struct policy *policy, struct policy_page *page)
{
    struct policy_list *from = list_of(policy, page);
    *place_of(page) = FREQUENT;
    policy_list_move_back(from, list_of(policy, page), page);
}

static void arc_reference(struct policy *policy, struct policy_page *page,
                          enum policy_channel channel)
{
    (void)channel;
    use(policy, page);
}

static uint32_t arc_remove(struct policy *policy, struct policy_page *page,
                           enum policy_remove_why why)
{
    struct arc_state *state = state_of(policy);
    policy_list_remove(list_of(policy, page), page);
    if (why == POLICY_EVICTED) {
        ghost_add(&state->ghosts, *place_of(page), policy_page_tag(policy, page));
        trim_ghosts(policy);
    }
    return 0;
}

/* The page to go next, at the front of its list; NULL: there is none. */
static struct policy_page *choose(struct policy *policy)
{
    struct arc_state *state = state_of(policy);
    /* Each look that finds a use clears it, so that the loop ends. */
    for (;;) {
        size_t recent = state->list[RECENT].length;
        bool from_recent =
            recent > 0 && (recent > state->target || state->list[FREQUENT].length == 0);
        struct policy_page *page = state->list[from_recent ? RECENT : FREQUENT].front;
        if (page == NULL || !policy_looked(policy, page))
            return page;
        use(policy, page);
    }
}

static size_t arc_victims(struct policy *policy, size_t want, struct policy_page **out)
{
    size_t count = 0;
    struct policy_page *page;
    while (count < want && (page = choose(policy)) != NULL) {
        policy_list_remove(list_of(policy, page), page);
        out[count++] = page;
    }
    /* Named, not gone: back to where they were. */
    for (size_t i = count; i-- > 0;)
        policy_list_push_front(list_of(policy, out[i]), out[i]);
    return count;
}

static void arc_outcome(struct policy *policy, struct policy_page *page, enum policy_outcome what)
{
    struct policy_list *list = list_of(policy, page);
    if (what == POLICY_RESCUED)
        use(policy, page);
    else if (what == POLICY_REJECTED || what == POLICY_DEFERRED)
        policy_list_move_back(list, list, page);
}

static size_t arc_export(struct policy *policy, uint64_t *cursor, struct policy_page **out,
                         size_t max)
{
    struct policy_list *const lists[] = {&state_of(policy)->list[RECENT],
                                         &state_of(policy)->list[FREQUENT]};
    return policy_export_lists(lists, 2, cursor, out, max);
}

const struct policy_ops arc_policy = {
    .name = "arc",
    .paper = "Megiddo and Modha, ARC: a self-tuning, low overhead replacement cache, FAST 2003",
    .state_bytes = sizeof(struct arc_state),
    .arena_bytes_fixed = GHOST_LISTS_BYTES_FIXED,
    .arena_bytes_per_frame = GHOST_LISTS_BYTES_PER_FRAME,
    .init = arc_init,
    .resize = arc_resize,
    .insert = arc_insert,
    .reference = arc_reference,
    .remove = arc_remove,
    .victims = arc_victims,
    .outcome = arc_outcome,
    .export = arc_export,
};
