/*
 * Enhanced second chance, or NRU on a clock: a dirty page costs a write before it can go, so among
 * pages that were not used lately the clean ones go first.
 *
 *      look 1: the first page that is neither referenced nor dirty; nothing is forgotten
 *      look 2: the first page that is not referenced; references passed over are forgotten
 *      then once more, if all were referenced
 *
 * The textbook's first look may go all the way around. Here it ends after `reach` pages, so that a
 * group full of dirty pages does not pay for the whole circle at each fault.
 *
 * Paper: Silberschatz, Galvin, Gagne, Operating System Concepts (the enhanced second-chance
 * algorithm, from the Macintosh's virtual memory); Corbato 1968 for the clock.
 * Parameters: reach=128 (pages that a look goes through; 0: all).
 * Sampling: nothing is lost; dirty is what the core knows without asking the hardware.
 */
#include "policy.h"

struct enhanced_clock_state {
    struct policy_list circle; /* front: under the hand */
    uint64_t reach;
};

struct enhanced_clock_page {
    bool referenced; /* found, and not yet forgotten */
};

static struct enhanced_clock_state *state_of(struct policy *policy)
{
    return policy->state;
}

/* Where every page is. */
static struct policy_list *circle_of(struct policy *policy, struct policy_page *page)
{
    (void)page;
    return &state_of(policy)->circle;
}

static struct enhanced_clock_page *private_of(struct policy_page *page)
{
    return POLICY_PRIVATE(struct enhanced_clock_page, page);
}

static void enhanced_clock_init(struct policy *policy)
{
    *state_of(policy) = (struct enhanced_clock_state){.reach = 128};
}

static bool enhanced_clock_parameter(struct policy *policy, const char *name, int64_t value)
{
    (void)name;
    if (value < 0)
        return false;
    state_of(policy)->reach = (uint64_t)value;
    return true;
}

static void enhanced_clock_insert(struct policy *policy, struct policy_page *page,
                                  enum policy_insert_why why, const struct policy_insert_info *info)
{
    (void)why, (void)info;
    policy_list_push_back(&state_of(policy)->circle, page);
}

static void enhanced_clock_reference(struct policy *policy, struct policy_page *page,
                                     enum policy_channel channel)
{
    (void)policy, (void)channel;
    private_of(page)->referenced = true;
}

static uint32_t enhanced_clock_remove(struct policy *policy, struct policy_page *page,
                                      enum policy_remove_why why)
{
    (void)why;
    policy_list_remove(&state_of(policy)->circle, page);
    return 0;
}

static bool is_referenced(struct policy *policy, struct policy_page *page)
{
    if (policy_looked(policy, page))
        private_of(page)->referenced = true;
    return private_of(page)->referenced;
}

/* Look 1: moves the hand only if it finds one. */
static struct policy_page *clean_one(struct policy *policy, size_t reach)
{
    struct policy_list *circle = &state_of(policy)->circle;
    struct policy_page *page = circle->front;
    size_t passed = 0;
    while (passed < reach && (is_referenced(policy, page) || policy_page_is_dirty(policy, page))) {
        page = policy_list_next(page);
        passed++;
    }
    if (passed == reach)
        return NULL;
    while (passed-- > 0)
        policy_list_move_back(circle, circle, circle->front);
    return page;
}

/* Look 2. */
static struct policy_page *unreferenced_one(struct policy *policy, size_t reach)
{
    struct policy_list *circle = &state_of(policy)->circle;
    for (; reach > 0; reach--) {
        if (!is_referenced(policy, circle->front))
            return circle->front;
        private_of(circle->front)->referenced = false;
        policy_list_move_back(circle, circle, circle->front);
    }
    return NULL;
}

/* The page to go next, under the hand; NULL: there is none. */
static struct policy_page *choose(struct policy *policy)
{
    struct enhanced_clock_state *state = state_of(policy);
    /* A look 2 that finds nothing has forgotten `reach` references, so that the loop ends. */
    while (state->circle.length != 0) {
        size_t reach = state->reach == 0 || state->reach > state->circle.length
                           ? state->circle.length
                           : state->reach;
        struct policy_page *page = clean_one(policy, reach);
        if (page == NULL)
            page = unreferenced_one(policy, reach);
        if (page != NULL)
            return page;
    }
    return NULL;
}

static size_t enhanced_clock_victims(struct policy *policy, size_t want, struct policy_page **out)
{
    return policy_choose_victims(policy, want, out, choose, circle_of);
}

static void enhanced_clock_outcome(struct policy *policy, struct policy_page *page,
                                   enum policy_outcome what)
{
    struct policy_list *circle = &state_of(policy)->circle;
    if (what == POLICY_RESCUED)
        private_of(page)->referenced = true;
    if (what == POLICY_REJECTED || what == POLICY_DEFERRED || what == POLICY_RESCUED)
        policy_list_move_back(circle, circle, page);
}

static size_t enhanced_clock_export(struct policy *policy, uint64_t *cursor,
                                    struct policy_page **out, size_t max)
{
    struct policy_list *const lists[] = {&state_of(policy)->circle};
    return policy_export_lists(lists, 1, cursor, out, max);
}

static const struct policy_parameter enhanced_clock_parameters[] = {{"reach", 128}, {NULL, 0}};

const struct policy_ops enhanced_clock_policy = {
    .name = "enhanced-clock",
    .paper = "Silberschatz, Galvin and Gagne, Operating System Concepts: enhanced second chance",
    .state_bytes = sizeof(struct enhanced_clock_state),
    .parameters = enhanced_clock_parameters,
    .init = enhanced_clock_init,
    .parameter = enhanced_clock_parameter,
    .insert = enhanced_clock_insert,
    .reference = enhanced_clock_reference,
    .remove = enhanced_clock_remove,
    .victims = enhanced_clock_victims,
    .outcome = enhanced_clock_outcome,
    .export = enhanced_clock_export,
};
