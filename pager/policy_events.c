/*
 * Inserts and references on their way to a policy.
 *
 * A hook costs its guard (containment.h), which is more than most policies do with an insert.
 * So the fault path notes what happened, and the policy is told of up to EVENTS_MAX in one
 * guarded call: when the notes are full, or before any other hook of the policy runs. Order
 * and virtual times are those of the events, so that a policy cannot tell the difference but
 * by asking about a page, which answers as of now. While a trace is recorded each event is
 * delivered at once, because such questions are part of it.
 */
#include "policy_events.h"
#include "containment.h"
#include "group.h"
#include "policy_memory.h"

#include <assert.h>

/* Runs as policy code does: `policy` is on the desk, for the time of each event. What is behind an event
   that is abandoned is lost, which the policy that then takes over does not mind. */
static uint64_t deliver(struct policy *policy, const struct policy_event *events, uint64_t count)
{
    const struct policy_ops *ops = policy->ops;
    for (uint64_t i = 0; i < count; i++) {
        const struct policy_event *event = &events[i];
        policy->virtual_time = event->virtual_time;
        if (event->is_insert) {
            *page_policy(event->page) = (struct policy_page){0};
            ops->insert(policy, page_policy(event->page), event->why, &event->info);
        } else {
            ops->reference(policy, page_policy(event->page), event->why);
        }
    }
    return count;
}

SLOW_PATH void policy_events_deliver(struct group *group)
{
    struct policy *policy = &POLICY_DESK->policy;
    const uint64_t arguments[HOOK_ARGUMENTS] = {(uintptr_t)policy, (uintptr_t)group->events,
                                                group->event_count};
    *policy = group->policy;
    group->counters.policy_calls += group->event_count - 1;
    group->event_count = 0;
    /* To a task, policy_task_run() brings them. */
    hook_run_function(group, &group->policy, HOOK_INSERT, (uintptr_t)deliver, arguments, NULL);
}
