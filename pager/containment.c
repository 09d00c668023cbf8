/*
 * Calling hooks, and what happens to a group whose policy fails. See containment.h.
 */
#include "containment.h"
#include "group.h"
#include "kernel_interface.h"
#include "policy_memory.h"
#include "policy_task.h"
#include "services.h"
#include "trace.h"

#include <assert.h>
#include <quire/format.h>

/* A victim search may look at every page several times; what needs more will not end. */
#define STEPS_A_PAGE_SHIFT 4
#define STEPS_MIN 4096

volatile struct hook_guard hook_guard __attribute__((used)); /* by hook_call.c */

/* clang-format off */
static const struct {
    const char *name;
    size_t offset;
} hooks[HOOKS] = {
#define HOOK(number, field) [number] = {#field, offsetof(struct policy_ops, field)}
    HOOK(HOOK_INIT, init), HOOK(HOOK_FINI, fini), HOOK(HOOK_RESIZE, resize),
    HOOK(HOOK_PARAMETER, parameter), HOOK(HOOK_INSERT, insert), HOOK(HOOK_REFERENCE, reference),
    HOOK(HOOK_REMOVE, remove), HOOK(HOOK_VICTIMS, victims), HOOK(HOOK_OUTCOME, outcome),
    HOOK(HOOK_TICK, tick), HOOK(HOOK_PREFETCH, prefetch), HOOK(HOOK_CLEAN, clean),
    HOOK(HOOK_EXPORT, export),
};
/* clang-format on */

/* ---------------------------------------------------------------- the core's own policy */

static void core_init(struct policy *policy)
{
    (void)policy;
}

static void core_insert(struct policy *policy, struct policy_page *page, enum policy_insert_why why,
                        const struct policy_insert_info *info)
{
    (void)policy, (void)page, (void)why, (void)info;
}

static uint32_t core_remove(struct policy *policy, struct policy_page *page,
                            enum policy_remove_why why)
{
    (void)policy, (void)page, (void)why;
    return 0;
}

static size_t core_victims(struct policy *policy, size_t want, struct policy_page **out)
{
    (void)policy, (void)want, (void)out;
    return 0;
}

const struct policy_ops core_policy = {
    .name = "core",
    .paper = "the pager's own second-chance clock over frames",
    .init = core_init,
    .insert = core_insert,
    .remove = core_remove,
    .victims = core_victims,
};

/* ---------------------------------------------------------------- hooks */

static const char *reason_text(void)
{
    switch (hook_guard.reason) {
    case TRACE_CONTAINED_LOOP: return "ran too long";
    case TRACE_CONTAINED_ANSWER: return "answered what is no answer";
    default: return hook_guard.stored ? "wrote where it must not" : "faulted";
    }
}

static void take_out(struct group *group, enum hook hook)
{
    struct policy *policy = &group->policy;
    console_message("policy %s of group %u %s in %s: the pager's own choice takes its place",
                    policy->ops->name, group->id, reason_text(), hooks[hook].name);
    TRACE(group, TRACE_CONTAINED, hook_guard.reason);
    policy_free_memory(policy);
    policy->ops = &core_policy;
    policy->state = NULL;
    policy->arena = NULL;
    policy->arena_bytes = 0;
    group->counters.contained++;
    group->counters.policy_in_task = 0;
    format_string(group->counters.policy, sizeof group->counters.policy, "%s", core_policy.name);
}

bool hook_run(struct group *group, struct policy *policy, enum hook hook,
              const uint64_t arguments[HOOK_ARGUMENTS], uint64_t *result)
{
    /* In the order of things; the policy may be another one afterwards. */
    if (policy == &group->policy && group->event_count != 0)
        policy_events_deliver(group);
    const uint8_t *ops = (const uint8_t *)policy->ops;
    uint64_t function = *(const uint64_t *)(const void *)(ops + hooks[hook].offset);
    /* A task hears of its size even if the policy does not care. */
    if (function == 0 && (policy->task == NULL || hook != HOOK_RESIZE))
        return false;
    return hook_run_function(group, policy, hook, function, arguments, result);
}

/* The pager's own code runs here, as in a question: a fault is its own. */
static SLOW_PATH bool run_in_task(struct group *group, struct policy *policy, enum hook hook,
                                  const uint64_t *arguments, uint64_t *result)
{
    hook_guard.task = policy->task;
    hook_guard.in_question = true;
    bool whole = policy_task_run(group, policy, hook, arguments, result);
    hook_guard.in_question = false;
    hook_guard.task = NULL;
    return whole;
}

bool hook_run_function(struct group *group, struct policy *policy, enum hook hook,
                       uint64_t function, const uint64_t arguments[HOOK_ARGUMENTS],
                       uint64_t *result)
{
    uint64_t discarded;
    assert(!hook_guard.active);
    hook_guard.steps_left = STEPS_MIN + (group->counters.resident << STEPS_A_PAGE_SHIFT);
    hook_guard.sequence++;
    hook_guard.group = group;
    hook_guard.policy = (struct policy *)(uintptr_t)arguments[0];
    hook_guard.active = true;
    watchdog_watch();
    group->counters.policy_calls++;
    uint64_t began = time_stamp();
    if (result == NULL)
        result = &discarded;
    bool whole = policy->task == NULL ? hook_call(function, arguments, result)
                                      : run_in_task(group, policy, hook, arguments, result);
    group->counters.policy_ticks += time_stamp() - began;
    hook_guard.active = false;
    if (whole)
        return true;
    hook_guard.in_question = hook_guard.expired = false;
    if (policy == &group->policy)
        take_out(group, hook);
    else
        console_message("policy %s %s in %s and does not become that of group %u",
                        policy->ops->name, reason_text(), hooks[hook].name, group->id);
    return false;
}

void question_begin(void)
{
    hook_guard.in_question = true;
}

void question_end(void)
{
    hook_guard.in_question = false;
    if (!hook_guard.active)
        return;
    if (--hook_guard.steps_left == 0) {
        hook_guard.reason = TRACE_CONTAINED_LOOP;
        hook_abandon();
    }
    if (hook_guard.expired)
        hook_abandon();
}
