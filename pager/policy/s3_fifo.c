/*
 * S3-FIFO: a small queue that new pages must pass, a main queue for those that proved
 * themselves, and a memory of what the small queue let go.
 *
 *      new ------> small ---referenced often enough---> main ---+
 *                    |                                   ^ |    | referenced: again
 *                    +--> gone, remembered --refault-----+ +----+
 *
 * The memory is a queue too, `ghost` percent of the capacity long: see ghost_queue.h.
 *
 * Paper: Yang, Zhang, Qiu, Yue, Rashmi, FIFO queues are all you need for cache eviction, SOSP 2023.
 * Parameters: small=10 (percent of the capacity), ghost=90 (percent), threshold=2 (references
 * that take a page from small to main).
 * Sampling: a found Accessed bit says "at least once", so it counts as `threshold` references at
 * the end of the small queue, and as one in the main queue.
 */
#include "ghost_queue.h"

#include <string.h>

#define FREQUENCY_MAX 3

struct s3_fifo_state {
    struct policy_list small, main;
    struct ghost_queue memory;
    uint32_t small_percent, ghost_percent, threshold;
};

struct s3_fifo_page {
    bool in_main;
    uint8_t frequency;
};

static struct s3_fifo_state *state_of(struct policy *policy)
{
    return policy->state;
}

static struct s3_fifo_page *private_of(struct policy_page *page)
{
    return POLICY_PRIVATE(struct s3_fifo_page, page);
}

static struct policy_list *list_of(struct policy *policy, struct policy_page *page)
{
    return private_of(page)->in_main ? &state_of(policy)->main : &state_of(policy)->small;
}

static size_t small_target(struct policy *policy)
{
    size_t target = policy->capacity * state_of(policy)->small_percent / 100;
    return target == 0 ? 1 : target;
}

static void s3_fifo_init(struct policy *policy)
{
    *state_of(policy) =
        (struct s3_fifo_state){.small_percent = 10, .ghost_percent = 90, .threshold = 2};
}

static bool s3_fifo_parameter(struct policy *policy, const char *name, int64_t value)
{
    struct s3_fifo_state *state = state_of(policy);
    if (strcmp(name, "threshold") == 0) {
        if (value < 1 || value > FREQUENCY_MAX)
            return false;
        state->threshold = (uint32_t)value;
    } else if (strcmp(name, "small") == 0) {
        if (value < 1 || value > 99)
            return false;
        state->small_percent = (uint32_t)value;
    } else {
        if (value < 0 || value > 1000)
            return false;
        state->ghost_percent = (uint32_t)value;
    }
    return true;
}

static bool remembered(struct policy *policy, uint32_t cookie)
{
    struct s3_fifo_state *state = state_of(policy);
    return ghost_queue_has(&state->memory, cookie, policy->capacity * state->ghost_percent / 100);
}

static void s3_fifo_insert(struct policy *policy, struct policy_page *page,
                           enum policy_insert_why why, const struct policy_insert_info *info)
{
    private_of(page)->in_main =
        why == POLICY_ADOPT || (why == POLICY_REFAULT && remembered(policy, info->cookie));
    policy_list_push_back(list_of(policy, page), page);
}

static void count_reference(struct policy_page *page, uint32_t references)
{
    uint32_t frequency = private_of(page)->frequency + references;
    private_of(page)->frequency = (uint8_t)(frequency > FREQUENCY_MAX ? FREQUENCY_MAX : frequency);
}

static void s3_fifo_reference(struct policy *policy, struct policy_page *page,
                              enum policy_channel channel)
{
    (void)policy, (void)channel;
    count_reference(page, 1);
}

static uint32_t s3_fifo_remove(struct policy *policy, struct policy_page *page,
                               enum policy_remove_why why)
{
    struct s3_fifo_state *state = state_of(policy);
    policy_list_remove(list_of(policy, page), page);
    if (why != POLICY_EVICTED || private_of(page)->in_main)
        return 0;
    return ghost_queue_add(&state->memory);
}

/* The page to go next, at the front of its queue; NULL: there is none. */
static struct policy_page *choose(struct policy *policy)
{
    struct s3_fifo_state *state = state_of(policy);
    for (;;) {
        size_t resident = state->small.length + state->main.length;
        bool from_main = state->small.length == 0 ||
                         (state->main.length > 0 &&
                          state->main.length + small_target(policy) > policy->capacity);
        if (resident == 0)
            return NULL;
        struct policy_list *list = from_main ? &state->main : &state->small;
        struct policy_page *page = list->front;
        struct s3_fifo_page *private = private_of(page);
        if (policy_looked(policy, page))
            count_reference(page, from_main ? 1 : state->threshold);
        if (private->frequency < (from_main ? 1 : state->threshold))
            return page;
        policy_list_move_back(list, &state->main, page);
        private->frequency = from_main ? private->frequency - 1 : 0;
        private->in_main = true;
    }
}

static size_t s3_fifo_victims(struct policy *policy, size_t want, struct policy_page **out)
{
    return policy_choose_victims(policy, want, out, choose, list_of);
}

static void s3_fifo_outcome(struct policy *policy, struct policy_page *page,
                            enum policy_outcome what)
{
    if (what == POLICY_RESCUED)
        count_reference(page, state_of(policy)->threshold);
    if (what == POLICY_REJECTED || what == POLICY_DEFERRED || what == POLICY_RESCUED)
        policy_list_move_back(list_of(policy, page), list_of(policy, page), page);
}

static size_t s3_fifo_export(struct policy *policy, uint64_t *cursor, struct policy_page **out,
                             size_t max)
{
    struct policy_list *const lists[] = {&state_of(policy)->small, &state_of(policy)->main};
    return policy_export_lists(lists, 2, cursor, out, max);
}

static const struct policy_parameter s3_fifo_parameters[] = {
    {"small", 10}, {"ghost", 90}, {"threshold", 2}, {NULL, 0}};

const struct policy_ops s3_fifo_policy = {
    .name = "s3-fifo",
    .paper = "Yang and others, FIFO queues are all you need for cache eviction, SOSP 2023",
    .state_bytes = sizeof(struct s3_fifo_state),
    .parameters = s3_fifo_parameters,
    .init = s3_fifo_init,
    .parameter = s3_fifo_parameter,
    .insert = s3_fifo_insert,
    .reference = s3_fifo_reference,
    .remove = s3_fifo_remove,
    .victims = s3_fifo_victims,
    .outcome = s3_fifo_outcome,
    .export = s3_fifo_export,
};
