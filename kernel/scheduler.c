/*
 * The scheduler. See scheduler.h.
 */
#include "scheduler.h"

static unsigned highest(uint32_t bits)
{
    return 31u - (unsigned)__builtin_clz(bits);
}

void scheduler_initialize(struct scheduler *scheduler)
{
    *scheduler = (struct scheduler){0};
    for (unsigned i = 0; i <= THREAD_PRIORITY_MAX; i++)
        thread_queue_initialize(&scheduler->ready[i]);
}

static void enqueue_before(struct scheduler *scheduler, struct thread *thread,
                           struct thread_link *place)
{
    thread_queue_insert(place, thread);
    scheduler->ready_bits |= 1u << thread->priority;
    thread->queued = true;
}

static void enqueue(struct scheduler *scheduler, struct thread *thread)
{
    enqueue_before(scheduler, thread, &scheduler->ready[thread->priority]);
}

static void dequeue(struct scheduler *scheduler, struct thread *thread)
{
    thread_queue_remove(thread);
    if (thread_queue_empty(&scheduler->ready[thread->priority]))
        scheduler->ready_bits &= ~(1u << thread->priority);
    thread->queued = false;
}

/* The thread runs next on this CPU; the present one's time is accounted. NULL: idle. */
static void run(struct thread *next)
{
    struct thread *previous = current_thread();
    uint64_t now = machine_ticks();
    if (previous != NULL)
        previous->ticks += now;
    if (next != NULL)
        next->ticks -= now;
    machine_switch_to(previous, next, next != NULL ? &next->task->space : NULL);
}

/* The running thread has rivals of its own priority: its slice must end. */
static void start_slice_if_contended(struct scheduler *scheduler)
{
    struct thread *current = current_thread();
    if (current == NULL || scheduler->slice_armed ||
        !(scheduler->ready_bits & 1u << current->priority))
        return;
    scheduler->slice_armed = true;
    scheduler->turn_over = false;
    scheduler->slice_end = machine_nanoseconds() + TIME_SLICE_NANOSECONDS;
    scheduler_arm_timer();
}

static void run_most_urgent(struct scheduler *scheduler)
{
    if (scheduler->ready_bits == 0) {
        run(NULL);
        return;
    }
    struct thread *next = thread_of_link(scheduler->ready[highest(scheduler->ready_bits)].next);
    dequeue(scheduler, next);
    run(next);
    start_slice_if_contended(scheduler);
}

void scheduler_make_ready(struct thread *thread)
{
    struct scheduler *scheduler = this_scheduler();
    struct thread *current = current_thread();
    thread->state = THREAD_READY;
    enqueue(scheduler, thread);
    if (current == NULL || thread->priority >= current->priority)
        scheduler->reschedule = true;
}

/* Otherwise a thread that calls servers often would wait for a whole slice of its rivals each time
   that the answer came without a direct switch. */
static void enqueue_resumed(struct scheduler *scheduler, struct thread *thread)
{
    if (scheduler->turn_over)
        enqueue(scheduler, thread);
    else
        enqueue_before(scheduler, thread, scheduler->ready[thread->priority].next);
    scheduler->turn_over = false;
}

void scheduler_resume(struct thread *thread)
{
    struct scheduler *scheduler = this_scheduler();
    struct thread *current = current_thread();
    thread->state = THREAD_READY;
    enqueue_resumed(scheduler, thread);
    if (current == NULL || thread->priority >= current->priority)
        scheduler->reschedule = true;
}

void scheduler_remove(struct thread *thread)
{
    struct scheduler *scheduler = this_scheduler();
    if (thread->queued)
        dequeue(scheduler, thread);
    else if (thread == current_thread())
        scheduler->reschedule = true; /* the caller sets a state other than READY */
}

void scheduler_block(void)
{
    run_most_urgent(this_scheduler());
}

SLOW_PATH void scheduler_hand_over_slow(struct thread *next)
{
    struct scheduler *scheduler = this_scheduler();
    unsigned best = highest(scheduler->ready_bits);
    if (best > next->priority || scheduler->turn_over) {
        enqueue_resumed(scheduler, next);
        run_most_urgent(scheduler);
        return;
    }
    /* Rivals of the same priority: messages go first, the slice keeps it fair. */
    run(next);
    start_slice_if_contended(scheduler);
}

void scheduler_yield(void)
{
    struct scheduler *scheduler = this_scheduler();
    struct thread *current = current_thread();
    if (!(scheduler->ready_bits >> current->priority))
        return;
    enqueue(scheduler, current);
    run_most_urgent(scheduler);
}

void scheduler_settle(void)
{
    struct scheduler *scheduler = this_scheduler();
    struct thread *current = current_thread();
    scheduler->reschedule = false;
    if (current == NULL || current->state != THREAD_READY) {
        run_most_urgent(scheduler);
        return;
    }
    if (scheduler->ready_bits >> current->priority > 1) {
        /* Preempted: its turn is not over. */
        enqueue_before(scheduler, current, scheduler->ready[current->priority].next);
        run_most_urgent(scheduler);
        return;
    }
    start_slice_if_contended(scheduler);
}

void scheduler_arm_timer(void)
{
    struct scheduler *scheduler = this_scheduler();
    uint64_t earliest = scheduler->slice_armed ? scheduler->slice_end : UINT64_MAX;
    if (scheduler->timers != NULL && scheduler->timers->deadline < earliest)
        earliest = scheduler->timers->deadline;
    if (earliest == UINT64_MAX)
        machine_timer_disarm();
    else
        machine_timer_arm(earliest);
}

void timer_interrupt(void)
{
    struct scheduler *scheduler = this_scheduler();
    uint64_t now = machine_nanoseconds();
    timer_expire(now);
    if (scheduler->slice_armed && now >= scheduler->slice_end) {
        scheduler->slice_armed = false;
        struct thread *current = current_thread();
        if (current != NULL && current->state == THREAD_READY) {
            /* A more urgent thread runs: whom it works for has had its turn. */
            scheduler->turn_over = scheduler->ready_bits >> current->priority == 0;
            scheduler_yield();
        }
    }
    if (scheduler->reschedule)
        scheduler_settle();
    scheduler_arm_timer();
}
