/*
 * Policies in tasks of their own: see policy_task.c for the task's life, policy_call.c for the
 * calls, policy_protocol.h for what both sides say.
 */
#pragma once

#include "containment.h"

#include <quire/boot_information.h>

/* An instance's task. The watchdog's thread reads the list and sets `ended`; the rest is the
   pager's. */
struct policy_task {
    struct policy_task *next;
    uint32_t task, thread, endpoint; /* handles; 0: not made */
    uint32_t frames;                 /* chain of all frames that it has, 0: none */
    uint64_t memory_bytes;           /* of state and arena */
    struct policy_area *area;
    volatile uint32_t ended; /* enum trace_containment; 0: it lives */
    volatile bool was_called;
    bool asks[HOOKS]; /* in such a hook the policy asked about the page that the hook is about */
};

/* Finds the module. Afterwards tasks can be made, if the watchdog runs. */
void policy_task_boot(const struct boot_information *information);
/*
 * A task for an instance of `ops` with room for `frames` frames. It waits for HOOK_INIT. NULL and
 * *error: -ENODEV: there is no module for it; -ENOMEM.
 */
struct policy_task *policy_task_create(const struct policy_ops *ops, size_t frames, int32_t *error);
/* More memory behind the arena; false: there is none. */
bool policy_task_grow(struct policy_task *task, const struct policy_ops *ops, size_t frames);
/* Everything that it had comes back, whatever state it is in. */
void policy_task_destroy(struct policy_task *task);

/* As hook_call(), for an instance in a task. HOOK_INSERT and HOOK_REFERENCE bring group->events,
   arguments[2] of them. false: it went wrong, hook_guard.reason says how. */
bool policy_task_run(struct group *group, struct policy *policy, enum hook hook,
                     const uint64_t arguments[HOOK_ARGUMENTS], uint64_t *result);

/* ---- the watchdog's thread */
/* The task is no longer called, and a call that waits for it returns. */
void policy_task_end(struct policy_task *task, enum trace_containment reason);
/* Ends tasks that run though nobody called them: they would keep programs from running. */
void policy_tasks_check(void);
