/*
 * First in, first out: the page that came first goes first, whatever was done with it.
 *
 * Paper: Belady, A study of replacement algorithms for a virtual-storage computer, 1966.
 * Parameters: none.
 * Sampling: references do not matter.
 */
#include "policy.h"

static struct policy_list *queue_of(struct policy *policy)
{
    return policy->state;
}

static void fifo_init(struct policy *policy)
{
    *queue_of(policy) = (struct policy_list){0};
}

static void fifo_insert(struct policy *policy, struct policy_page *page, enum policy_insert_why why,
                        const struct policy_insert_info *info)
{
    (void)why, (void)info;
    policy_list_push_back(queue_of(policy), page);
}

static uint32_t fifo_remove(struct policy *policy, struct policy_page *page,
                            enum policy_remove_why why)
{
    (void)why;
    policy_list_remove(queue_of(policy), page);
    return 0;
}

static size_t fifo_victims(struct policy *policy, size_t want, struct policy_page **out)
{
    size_t count = 0;
    for (struct policy_page *page = queue_of(policy)->front; page != NULL && count < want;
         page = policy_list_next(page))
        out[count++] = page;
    return count;
}

/* A page that cannot go now goes to the back, so that the next round asks for others. */
static void fifo_outcome(struct policy *policy, struct policy_page *page, enum policy_outcome what)
{
    if (what != POLICY_REJECTED && what != POLICY_RESCUED && what != POLICY_DEFERRED)
        return;
    policy_list_remove(queue_of(policy), page);
    policy_list_push_back(queue_of(policy), page);
}

static size_t fifo_export(struct policy *policy, uint64_t *cursor, struct policy_page **out,
                          size_t max)
{
    struct policy_list *const lists[] = {queue_of(policy)};
    return policy_export_lists(lists, 1, cursor, out, max);
}

const struct policy_ops fifo_policy = {
    .name = "fifo",
    .paper = "Belady, A study of replacement algorithms for a virtual-storage computer, 1966",
    .state_bytes = sizeof(struct policy_list),
    .init = fifo_init,
    .insert = fifo_insert,
    .remove = fifo_remove,
    .victims = fifo_victims,
    .outcome = fifo_outcome,
    .export = fifo_export,
};
