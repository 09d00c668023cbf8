/*
 * 2Q, the full version: a queue for what came once (in), a memory of what left it (out), and an
 * LRU list for what came back while it was remembered (main). References to a page in `in` say
 * nothing: they are often one burst.
 *
 *      new ---> in ---> gone, remembered in out ---refault---> main (LRU) ---> gone
 *
 * `out` is a queue too, `out` percent of the capacity long: see ghost_queue.h.
 *
 * Paper: Johnson, Shasha, 2Q: a low overhead high performance buffer management replacement
 * algorithm, VLDB 1994.
 * Parameters: in=25 (percent of the capacity), out=50 (percent).
 * Sampling: `main` becomes second chance: a page at its end whose Accessed bit is set goes to the
 * other end. The rest does not depend on references.
 */
#include "ghost_queue.h"

#include <string.h>

struct two_queue_state {
    struct policy_list in, main; /* front: the next to go */
    struct ghost_queue out;
    uint32_t in_percent, out_percent;
};

struct two_queue_page {
    bool in_main;
};

static struct two_queue_state *state_of(struct policy *policy)
{
    return policy->state;
}

static struct two_queue_page *private_of(struct policy_page *page)
{
    return POLICY_PRIVATE(struct two_queue_page, page);
}

static struct policy_list *list_of(struct policy *policy, struct policy_page *page)
{
    return private_of(page)->in_main ? &state_of(policy)->main : &state_of(policy)->in;
}

static void two_queue_init(struct policy *policy)
{
    *state_of(policy) = (struct two_queue_state){.in_percent = 25, .out_percent = 50};
}

static bool two_queue_parameter(struct policy *policy, const char *name, int64_t value)
{
    bool in = strcmp(name, "in") == 0;
    if (value < 1 || value > (in ? 99 : 1000))
        return false;
    *(in ? &state_of(policy)->in_percent : &state_of(policy)->out_percent) = (uint32_t)value;
    return true;
}

static void two_queue_insert(struct policy *policy, struct policy_page *page,
                             enum policy_insert_why why, const struct policy_insert_info *info)
{
    struct two_queue_state *state = state_of(policy);
    size_t remembered_pages = policy->capacity * state->out_percent / 100;
    bool remembered =
        why == POLICY_REFAULT && ghost_queue_has(&state->out, info->cookie, remembered_pages);
    private_of(page)->in_main = remembered || why == POLICY_ADOPT;
    policy_list_push_back(list_of(policy, page), page);
}

static void two_queue_reference(struct policy *policy, struct policy_page *page,
                                enum policy_channel channel)
{
    struct policy_list *main = &state_of(policy)->main;
    (void)channel;
    if (private_of(page)->in_main)
        policy_list_move_back(main, main, page);
}

static uint32_t two_queue_remove(struct policy *policy, struct policy_page *page,
                                 enum policy_remove_why why)
{
    struct two_queue_state *state = state_of(policy);
    policy_list_remove(list_of(policy, page), page);
    if (why != POLICY_EVICTED || private_of(page)->in_main)
        return 0;
    return ghost_queue_add(&state->out);
}

/* The page to go next, at the front of its list; NULL: there is none. */
static struct policy_page *choose(struct policy *policy)
{
    struct two_queue_state *state = state_of(policy);
    if (state->in.length > policy->capacity * state->in_percent / 100)
        return state->in.front;
    for (size_t steps = state->main.length; steps > 0; steps--) {
        if (!policy_looked(policy, state->main.front))
            break;
        policy_list_move_back(&state->main, &state->main, state->main.front);
    }
    return state->main.front != NULL ? state->main.front : state->in.front;
}

static size_t two_queue_victims(struct policy *policy, size_t want, struct policy_page **out)
{
    return policy_choose_victims(policy, want, out, choose, list_of);
}

static void two_queue_outcome(struct policy *policy, struct policy_page *page,
                              enum policy_outcome what)
{
    if (what == POLICY_REJECTED || what == POLICY_DEFERRED || what == POLICY_RESCUED)
        policy_list_move_back(list_of(policy, page), list_of(policy, page), page);
}

static size_t two_queue_export(struct policy *policy, uint64_t *cursor, struct policy_page **out,
                               size_t max)
{
    struct policy_list *const lists[] = {&state_of(policy)->in, &state_of(policy)->main};
    return policy_export_lists(lists, 2, cursor, out, max);
}

static const struct policy_parameter two_queue_parameters[] = {{"in", 25}, {"out", 50}, {NULL, 0}};

const struct policy_ops two_queue_policy = {
    .name = "2q",
    .paper = "Johnson and Shasha, 2Q, VLDB 1994",
    .state_bytes = sizeof(struct two_queue_state),
    .parameters = two_queue_parameters,
    .init = two_queue_init,
    .parameter = two_queue_parameter,
    .insert = two_queue_insert,
    .reference = two_queue_reference,
    .remove = two_queue_remove,
    .victims = two_queue_victims,
    .outcome = two_queue_outcome,
    .export = two_queue_export,
};
