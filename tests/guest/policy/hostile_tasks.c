/*
 * Policies that know that they run in a task of their own, and misuse what it has: its messages to
 * the pager (pager/policy_protocol.h) and its processor time. In the pager they are only names.
 */
#include "hostile.h"
#include "policy_protocol.h"

#include <quire/system_call.h>

#ifdef HOSTILE_TASK

extern uint64_t caller; /* policy-server/task.h */

static struct policy_area *const area = (struct policy_area *)POLICY_TASK_AREA;

static void say(uint32_t label, uint64_t first, uint64_t second, uint64_t third)
{
    struct message message = {.tag = MAKE_TAG(label, 3, 0), .words = {first, second, third}};
    sys_reply_and_wait(caller, POLICY_TASK_ENDPOINT, &message);
    caller = message.reply_token;
}

/* An answer that is none: an unknown label. */
static size_t mad_victims(struct policy *policy, size_t want, struct policy_page **out)
{
    if (hostile_guilty(policy))
        say(77, 0, 0, 0);
    return hostile_oldest(policy, want, out);
}

/* More pages than were asked for, and all of them nowhere. */
static size_t greedy_victims(struct policy *policy, size_t want, struct policy_page **out)
{
    if (!hostile_guilty(policy))
        return hostile_oldest(policy, want, out);
    for (size_t i = 0; i < POLICY_EXPORT_MAX; i++)
        area->frames[i] = (uint32_t)(i * 0x9e3779b9u);
    say(POLICY_DONE, UINT64_MAX, 0, 0);
    return 0;
}

/* A log longer than the log. */
static size_t verbose_victims(struct policy *policy, size_t want, struct policy_page **out)
{
    if (hostile_guilty(policy))
        say(POLICY_LOOKED, 0, 0, UINT64_MAX);
    return hostile_oldest(policy, want, out);
}

/* Questions about frames that are not there, with more hints than there is room for. */
static size_t nosy_victims(struct policy *policy, size_t want, struct policy_page **out)
{
    for (uint32_t frame = 0; hostile_guilty(policy) && frame < 100; frame++)
        say(POLICY_INFORMATION, UINT32_MAX - frame, 0, 0);
    if (hostile_guilty(policy))
        say(POLICY_LOOKED, UINT64_MAX, UINT64_MAX, 0);
    return hostile_oldest(policy, want, out);
}

/* Answers, and goes on running: whoever has a lower priority would never run again. */
static void restless_tick(struct policy *policy, size_t budget)
{
    struct message message = {.tag = MAKE_TAG(POLICY_DONE, 3, 0)};
    (void)budget;
    if (hostile_guilty(policy))
        sys_reply(caller, &message);
    while (hostile_guilty(policy))
        continue;
}

/* Everything in its reach is overwritten: the area, its pages, its arena's neighbourhood. */
static size_t wild_victims(struct policy *policy, size_t want, struct policy_page **out)
{
    uint8_t *const places[] = {(uint8_t *)area, (uint8_t *)POLICY_TASK_PAGES,
                               (uint8_t *)0x500000000000ull};
    for (size_t place = 0; hostile_guilty(policy) && place < 3; place++) {
        for (size_t i = 0; i < sizeof *area; i++)
            places[place][i] = (uint8_t)(i * 151 + 13);
    }
    return hostile_oldest(policy, want, out);
}

#else

static void restless_tick(struct policy *policy, size_t budget)
{
    (void)policy, (void)budget;
}

#define mad_victims hostile_oldest
#define greedy_victims hostile_oldest
#define verbose_victims hostile_oldest
#define nosy_victims hostile_oldest
#define wild_victims hostile_oldest

#endif

const struct policy_ops hostile_mad = HOSTILE_OPS("hostile-mad", mad_victims);
const struct policy_ops hostile_greedy = HOSTILE_OPS("hostile-greedy", greedy_victims);
const struct policy_ops hostile_verbose = HOSTILE_OPS("hostile-verbose", verbose_victims);
const struct policy_ops hostile_nosy = HOSTILE_OPS("hostile-nosy", nosy_victims);
const struct policy_ops hostile_wild = HOSTILE_OPS("hostile-wild", wild_victims);

const struct policy_ops hostile_restless = {
    .name = "hostile-restless",
    .state_bytes = sizeof(struct hostile),
    .init = hostile_begin,
    .insert = hostile_insert,
    .remove = hostile_forget,
    .victims = hostile_oldest,
    .tick = restless_tick,
};
