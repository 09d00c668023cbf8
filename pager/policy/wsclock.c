/*
 * WSClock: the working-set test on a clock. The hand notes when it found each page used; a page
 * that was not found used for longer than `window` is outside the working set. If it is clean it
 * goes; if it is dirty it is written early, and goes the next time around.
 *
 *      hand: used?           yes: note the time, pass
 *            in the window?  yes: pass
 *            dirty?          yes: pass, and name it for cleaning
 *            else            victim
 *
 * If `reach` pages hold no victim, the one goes that was found used longest ago, a clean one if there
 * is any: all are in the working set, and something has to go.
 *
 * Paper: Carr, Hennessy, WSClock: a simple and effective algorithm for virtual memory management,
 * SOSP 1981. Denning 1968 for the working set.
 * Parameters: window=100 (percent of the capacity, in virtual time: references seen and faults),
 * reach=64 (pages that the hand goes through for one victim).
 * Sampling: nothing is lost, but virtual time counts only the references that looks find, so the
 * window is long where few are found.
 */
#include "policy.h"

#include <string.h>

struct wsclock_state {
    struct policy_list circle; /* front: under the hand */
    uint64_t window_percent, reach;
};

struct wsclock_page {
    uint32_t used_at; /* virtual time, its lower half: differences are right */
    bool referenced;  /* by an access that the hardware does not show */
};

static struct wsclock_state *state_of(struct policy *policy)
{
    return policy->state;
}

static struct wsclock_page *private_of(struct policy_page *page)
{
    return POLICY_PRIVATE(struct wsclock_page, page);
}

static void wsclock_init(struct policy *policy)
{
    *state_of(policy) = (struct wsclock_state){.window_percent = 100, .reach = 64};
}

static bool wsclock_parameter(struct policy *policy, const char *name, int64_t value)
{
    bool window = strcmp(name, "window") == 0;
    if (value < (window ? 0 : 1) || value > 1000000)
        return false;
    *(window ? &state_of(policy)->window_percent : &state_of(policy)->reach) = (uint64_t)value;
    return true;
}

static void wsclock_insert(struct policy *policy, struct policy_page *page,
                           enum policy_insert_why why, const struct policy_insert_info *info)
{
    (void)why, (void)info;
    private_of(page)->used_at = (uint32_t)policy->virtual_time;
    policy_list_push_back(&state_of(policy)->circle, page);
}

static void wsclock_reference(struct policy *policy, struct policy_page *page,
                              enum policy_channel channel)
{
    (void)policy, (void)channel;
    private_of(page)->referenced = true;
}

static uint32_t wsclock_remove(struct policy *policy, struct policy_page *page,
                               enum policy_remove_why why)
{
    (void)why;
    policy_list_remove(&state_of(policy)->circle, page);
    return 0;
}

static bool found_used(struct policy *policy, struct policy_page *page)
{
    struct wsclock_page *private = private_of(page);
    if (!policy_looked(policy, page) && !private->referenced)
        return false;
    *private = (struct wsclock_page){.used_at = (uint32_t)policy->virtual_time};
    return true;
}

static uint32_t idle_time(struct policy *policy, struct policy_page *page)
{
    return (uint32_t)policy->virtual_time - private_of(page)->used_at;
}

static bool outside_working_set(struct policy *policy, struct policy_page *page)
{
    return idle_time(policy, page) > policy->capacity * state_of(policy)->window_percent / 100;
}

/* The page to go next, at the back of the circle: the hand has passed it. NULL: there is none. */
static struct policy_page *choose(struct policy *policy)
{
    struct wsclock_state *state = state_of(policy);
    struct policy_list *circle = &state->circle;
    struct policy_page *fallback = NULL;
    bool fallback_dirty = false;
    size_t steps = state->reach < circle->length ? state->reach : circle->length;
    for (; steps > 0; steps--) {
        struct policy_page *page = circle->front;
        policy_list_move_back(circle, circle, page);
        bool used = found_used(policy, page), dirty = policy_page_is_dirty(policy, page);
        if (!used && !dirty && outside_working_set(policy, page))
            return page;
        if (fallback == NULL || (fallback_dirty && !dirty) ||
            (fallback_dirty == dirty && idle_time(policy, page) > idle_time(policy, fallback))) {
            fallback = page;
            fallback_dirty = dirty;
        }
    }
    return fallback;
}

static size_t wsclock_victims(struct policy *policy, size_t want, struct policy_page **out)
{
    struct policy_list *circle = &state_of(policy)->circle;
    size_t count = 0;
    struct policy_page *page;
    while (count < want && (page = choose(policy)) != NULL) {
        policy_list_remove(circle, page);
        out[count++] = page;
    }
    /* Named, not gone: the hand has passed them. */
    for (size_t i = 0; i < count; i++)
        policy_list_push_back(circle, out[i]);
    return count;
}

static void wsclock_outcome(struct policy *policy, struct policy_page *page,
                            enum policy_outcome what)
{
    (void)policy;
    if (what == POLICY_RESCUED)
        private_of(page)->referenced = true;
}

/* The dirty pages that the hand has just passed, outside the working set or about to be. */
static size_t wsclock_clean(struct policy *policy, size_t want, struct policy_page **out)
{
    struct wsclock_state *state = state_of(policy);
    struct policy_page *page = state->circle.back;
    size_t count = 0;
    for (size_t steps = state->reach; steps > 0 && page != NULL && count < want; steps--) {
        if (outside_working_set(policy, page) && policy_page_is_dirty(policy, page))
            out[count++] = page;
        page = policy_list_previous(page);
    }
    return count;
}

static size_t wsclock_export(struct policy *policy, uint64_t *cursor, struct policy_page **out,
                             size_t max)
{
    struct policy_list *const lists[] = {&state_of(policy)->circle};
    return policy_export_lists(lists, 1, cursor, out, max);
}

static const struct policy_parameter wsclock_parameters[] = {
    {"window", 100}, {"reach", 64}, {NULL, 0}};

const struct policy_ops wsclock_policy = {
    .name = "wsclock",
    .paper = "Carr and Hennessy, WSClock, SOSP 1981",
    .state_bytes = sizeof(struct wsclock_state),
    .parameters = wsclock_parameters,
    .init = wsclock_init,
    .parameter = wsclock_parameter,
    .insert = wsclock_insert,
    .reference = wsclock_reference,
    .remove = wsclock_remove,
    .victims = wsclock_victims,
    .outcome = wsclock_outcome,
    .clean = wsclock_clean,
    .export = wsclock_export,
};
