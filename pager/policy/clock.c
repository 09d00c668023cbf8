/*
 * Clock, or second chance: pages stand in a circle in the order they came; the hand passes
 * over a page that was referenced since its last visit, and takes the first that was not.
 *
 * Paper: Corbato, A paging experiment with the Multics system, 1968.
 * Parameters: none.
 * Sampling: nothing is lost. The algorithm is made of Accessed bits.
 *
 *      hand -> front [p][p][p][p][p] back     passing over = moving from front to back
 */
#include "policy.h"

static struct policy_list *circle_of(struct policy *policy)
{
    return policy->state;
}

/* REFERENCED: by a read or write call, or a minor fault, which the hardware does not show.
   NAMED: a victim of the call that is running. */
enum { REFERENCED = 1, NAMED = 2 };

static uint8_t *mark(struct policy_page *page)
{
    return POLICY_PRIVATE(uint8_t, page);
}

static void clock_init(struct policy *policy)
{
    *circle_of(policy) = (struct policy_list){0};
}

static void clock_insert(struct policy *policy, struct policy_page *page,
                         enum policy_insert_why why, const struct policy_insert_info *info)
{
    (void)why, (void)info;
    policy_list_push_back(circle_of(policy), page);
}

static void clock_reference(struct policy *policy, struct policy_page *page,
                            enum policy_channel channel)
{
    (void)policy, (void)channel;
    *mark(page) = REFERENCED;
}

static uint32_t clock_remove(struct policy *policy, struct policy_page *page,
                             enum policy_remove_why why)
{
    (void)why;
    policy_list_remove(circle_of(policy), page);
    return 0;
}

static size_t clock_victims(struct policy *policy, size_t want, struct policy_page **out)
{
    struct policy_list *circle = circle_of(policy);
    size_t count = 0;
    /* Once around clears every bit, so twice around finds all there is. */
    for (size_t steps = 2 * circle->length; steps > 0 && count < want; steps--) {
        struct policy_page *page = circle->front;
        policy_list_move_back(circle, circle, page); /* the hand passes over it */
        if (*mark(page) == NAMED)
            continue;
        bool second_chance = policy_looked(policy, page) || *mark(page) == REFERENCED;
        *mark(page) = second_chance ? 0 : NAMED;
        if (!second_chance)
            out[count++] = page;
    }
    for (size_t i = 0; i < count; i++)
        *mark(out[i]) = 0;
    return count;
}

static void clock_outcome(struct policy *policy, struct policy_page *page, enum policy_outcome what)
{
    (void)policy;
    if (what == POLICY_RESCUED)
        *mark(page) = REFERENCED;
}

static size_t clock_export(struct policy *policy, uint64_t *cursor, struct policy_page **out,
                           size_t max)
{
    struct policy_list *const lists[] = {circle_of(policy)};
    return policy_export_lists(lists, 1, cursor, out, max);
}

const struct policy_ops clock_policy = {
    .name = "clock",
    .paper = "Corbato, A paging experiment with the Multics system, 1968",
    .state_bytes = sizeof(struct policy_list),
    .init = clock_init,
    .insert = clock_insert,
    .reference = clock_reference,
    .remove = clock_remove,
    .victims = clock_victims,
    .outcome = clock_outcome,
    .export = clock_export,
};
