/*
 * The scheduler of one CPU: 32 priorities, round robin within one, and the timers.
 *
 * The running thread is in no queue. Handlers that make a thread ready do not switch: they set
 * `reschedule`, and the system call's end looks at it, so that no handler finds the address
 * space changed under it. The message path switches directly, as its last act.
 *
 * Tickless: the one-shot timer is armed for the earliest notification timer, and for the end
 * of a time slice only while a thread of the running thread's priority is ready.
 */
#pragma once

#include "message.h"
#include "notification.h"
#include "task.h"

#define TIME_SLICE_NANOSECONDS 10000000ull

struct scheduler {
    bool reschedule;             /* somebody else may have to run */
    bool slice_armed;            /* slice_end is set */
    bool turn_over;              /* a slice ended while a server ran for its thread */
    uint32_t ready_bits;         /* bit p: ready[p] is not empty */
    uint64_t slice_end;          /* nanoseconds */
    struct notification *timers; /* heap: the earliest deadline */
    struct thread_link ready[THREAD_PRIORITY_MAX + 1];
    struct message_log messages;
};

void scheduler_initialize(struct scheduler *scheduler);

/* Into its ready queue, at the end. Preempts the running thread if it is more urgent. */
void scheduler_make_ready(struct thread *thread);
/* The same for a thread that a server has answered: its turn goes on, before its rivals'. */
void scheduler_resume(struct thread *thread);
/* Out of the ready queue, or no longer to be run if it is current. */
void scheduler_remove(struct thread *thread);
/* The current thread blocked: the most urgent ready thread runs, or none. */
void scheduler_block(void);
/*
 * `current`, the current thread, blocked and `next`, in no queue, became ready. The last act of
 * a handler: on the machine it does not return when `next` is the one to run.
 */
SLOW_PATH void scheduler_hand_over_slow(struct thread *next);
ALWAYS_INLINE void scheduler_hand_over(const struct scheduler *scheduler, struct thread *current,
                                       struct thread *next)
{
    next->state = THREAD_READY;
    if (__builtin_expect(scheduler->ready_bits >> next->priority != 0, 0)) {
        scheduler_hand_over_slow(next);
        return;
    }
    uint64_t now = machine_ticks();
    current->ticks += now;
    next->ticks -= now;
    machine_switch_to(current, next, &next->task->space);
    machine_resume_thread(next);
}
/* The current thread goes behind the others of its priority. */
void scheduler_yield(void);
/* At the end of a kernel entry, when `reschedule` is set. */
void scheduler_settle(void);
/* The earliest event changed. */
void scheduler_arm_timer(void);

/* Timers: timer.c. deadline 0 disarms. */
void timer_set(struct notification *notification, uint64_t deadline, uint64_t bits);
/* Raises what is due, at most a bounded number. */
void timer_expire(uint64_t now);

void system_clock(struct thread *thread);
