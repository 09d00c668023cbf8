/*
 * A skeleton to copy: every hook, in the order of its life, with what may be counted on. As it
 * stands it is first-in, first-out with one improvement: pages that were referenced since
 * their last naming get another round. It is compiled and tested, but not in the table.
 *
 * To make a policy: copy this file, rename, write the algorithm, add one line to policies.c.
 * Delete the hooks marked optional that you do not need.
 */
#include "policy.h"

/* Per instance: zeroed before init, in policy->state. List heads and counters go here. */
struct template_state {
    struct policy_list queue; /* front: the next victim */
    int64_t rounds;           /* a parameter: how many rounds a referenced page survives */
};

/* Per page: POLICY_PRIVATE_BYTES, zeroed before insert. */
struct template_page {
    uint8_t rounds_left;
};

static struct template_state *state_of(struct policy *policy)
{
    return policy->state;
}

static struct template_page *private_of(struct policy_page *page)
{
    return POLICY_PRIVATE(struct template_page, page);
}

/* policy->capacity, arena and seed are set; no page is resident yet. */
static void template_init(struct policy *policy)
{
    state_of(policy)->rounds = 1;
}

/* Optional. Pages have been removed, each with ABANDONED; no hook runs afterwards. */
static void template_fini(struct policy *policy)
{
    (void)policy;
}

/* Optional. Evict nothing here: the core asks for victims until the capacity holds. */
static void template_resize(struct policy *policy, size_t capacity)
{
    (void)policy, (void)capacity;
}

/* Optional. `name` is one of template_parameters. */
static bool template_parameter(struct policy *policy, const char *name, int64_t value)
{
    (void)name;
    if (value < 0 || value > 255)
        return false;
    state_of(policy)->rounds = value;
    return true;
}

/* Yours until remove. info->refault_distance and info->cookie mean something for REFAULT only. */
static void template_insert(struct policy *policy, struct policy_page *page,
                            enum policy_insert_why why, const struct policy_insert_info *info)
{
    (void)why, (void)info;
    policy_list_push_back(&state_of(policy)->queue, page);
}

/* Optional. The access that caused the insert is not reported. */
static void template_reference(struct policy *policy, struct policy_page *page,
                               enum policy_channel channel)
{
    (void)channel;
    private_of(page)->rounds_left = (uint8_t)state_of(policy)->rounds;
}

/* For every departure. What EVICTED returns comes back as info->cookie of the REFAULT. */
static uint32_t template_remove(struct policy *policy, struct policy_page *page,
                                enum policy_remove_why why)
{
    (void)why;
    policy_list_remove(&state_of(policy)->queue, page);
    return 0;
}

/* Up to `want` different pages, best first. Naming changes nothing: outcomes and removes follow. */
static size_t template_victims(struct policy *policy, size_t want, struct policy_page **out)
{
    struct policy_list *queue = &state_of(policy)->queue;
    size_t count = 0;
    for (size_t steps = queue->length; steps > 0 && count < want; steps--) {
        struct policy_page *page = queue->front;
        policy_list_remove(queue, page);
        policy_list_push_back(queue, page);
        if (policy_looked(policy, page))
            private_of(page)->rounds_left = (uint8_t)state_of(policy)->rounds;
        if (private_of(page)->rounds_left > 0)
            private_of(page)->rounds_left--;
        else
            out[count++] = page;
    }
    return count;
}

/* Optional. REJECTED, DEFERRED, RESCUED: still yours. (After DEFERRED comes remove or RESCUED.) */
static void template_outcome(struct policy *policy, struct policy_page *page,
                             enum policy_outcome what)
{
    (void)policy, (void)page, (void)what;
}

/* Optional. Now and then, in virtual time; at most `budget` steps. policy_looked() is allowed. */
static void template_tick(struct policy *policy, size_t budget)
{
    (void)policy, (void)budget;
}

/* Coldest first, from *cursor on (0 at first); 0 pages: that was all. Nothing changes between calls. */
static size_t template_export(struct policy *policy, uint64_t *cursor, struct policy_page **out,
                              size_t max)
{
    struct policy_list *const lists[] = {&state_of(policy)->queue};
    return policy_export_lists(lists, 1, cursor, out, max);
}

static const struct policy_parameter template_parameters[] = {{"rounds", 1}, {NULL, 0}};

extern const struct policy_ops template_policy;
const struct policy_ops template_policy = {
    .name = "template",
    .paper = "none",
    .state_bytes = sizeof(struct template_state),
    .parameters = template_parameters,
    .init = template_init,
    .fini = template_fini,
    .resize = template_resize,
    .parameter = template_parameter,
    .insert = template_insert,
    .reference = template_reference,
    .remove = template_remove,
    .victims = template_victims,
    .outcome = template_outcome,
    .tick = template_tick,
    .export = template_export,
};
