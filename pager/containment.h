/*
 * Calling hooks so that a broken policy costs its group the policy, and nobody anything else.
 * Policy code runs on a stack of its own and, where the CPU has protection keys, without the right
 * to write anything but the memory of policies (policy_memory.h).
 *
 *      hook_run ---> policy code ---> returns
 *                     |   |  \--> question (looked, information): with the core's stack and rights;
 *                     |   |         steps are counted
 *                     |   |         \--too many, or the watchdog said so--> abandoned
 *                     |   \--runs too long: the watchdog (watchdog.c)-----> abandoned
 *                     \--fault or exception: the watchdog-----------------> abandoned
 *
 * A hook that is abandoned never returns: the stack is cut back to hook_run, the instance's
 * memory is freed, and the group goes on with the core's own order over frames (core_policy),
 * which needs no memory and no lists. Any other policy can take over from there.
 *
 * Not contained without protection keys: a store of a policy to memory that is not its own. With
 * them it still reaches the memory of other policies, which are contained like itself.
 */
#pragma once

#include "policy_core.h"
#include "policy_protocol.h"

#include <quire/trace.h>

struct group;
struct policy_task;

#define HOOK_ARGUMENTS 4

/*
 * Calls a hook, after the events that were noted for the policy. *result (NULL: nobody cares) is what
 * it returned. false: the policy has none, or it was abandoned. If `policy` is the group's, the group has core_policy now; if not, the caller frees
 * its memory.
 */
bool hook_run(struct group *group, struct policy *policy, enum hook hook,
              const uint64_t arguments[HOOK_ARGUMENTS], uint64_t *result);

/* The same for `function`, which calls the policy's `hook` or more of them. The first argument of
   both is the struct policy that policy code sees. */
bool hook_run_function(struct group *group, struct policy *policy, enum hook hook,
                       uint64_t function, const uint64_t arguments[HOOK_ARGUMENTS],
                       uint64_t *result);

/* answer(argument, other) with the core's stack and rights, from policy code. */
uint64_t question_call(uint64_t (*answer)(uint64_t argument, uint64_t other), uint64_t argument,
                       uint64_t other);
/* Around the core's answer to a policy: in between, nothing may be cut off. question_end() does not
   return if the hook is at its end. */
void question_begin(void);
void question_end(void);

/* Names nobody, so that the core picks. Not in the table: nobody can ask for it. */
extern const struct policy_ops core_policy;

/* What the watchdog looks at and sets; the pager's thread is stopped meanwhile. */
struct hook_guard {
    uint64_t stack;           /* stack pointer to go back to */
    uint64_t policy_stack;    /* top of the policies' stack; 0: hooks run on the core's */
    uint32_t policy_rights;   /* PKRU in policy code; 0: the CPU has no protection keys */
    uint32_t reason;          /* enum trace_containment, when it was abandoned */
    uint64_t sequence;        /* of the hook that runs, or ran last */
    uint64_t steps_left;      /* questions that this hook may still ask */
    struct group *group;      /* whose hook it is */
    struct policy *policy;    /* as the hook sees it */
    struct policy_task *task; /* that the pager waits for; NULL: the hook runs in the pager */
    bool active;              /* policy code, or a question of it, runs */
    bool stored;              /* the fault that ended it was a store to a page that is there */
    bool in_question;         /* the pager's own code runs, or that of a policy's task */
    bool expired;             /* abandoned at the end of its question */
};
extern volatile struct hook_guard hook_guard;

/* ---- hook_call.c */
/* function(arguments[0..3]) as policy code. false: it was abandoned, and *result is as it was. */
bool hook_call(uint64_t function, const uint64_t *arguments, uint64_t *result);
/* Where an abandoned hook goes on, whatever the registers hold. */
void hook_abandoned(void);
_Noreturn void hook_abandon(void);
/* For the pager's thread: the kernel starts threads with key 0 only. */
void hook_full_rights(void);

/* ---- watchdog.c */
void watchdog_boot(void);
/* There is a hook to be watched. */
void watchdog_watch(void);
/* Faults and exceptions of a policy's task come to the watchdog from now on. A kernel error. */
int64_t watchdog_attach(struct policy_task *task, uint32_t task_handle);
