/*
 * Threads. A thread has one frame: this structure, and its FPU state behind it.
 *
 *                   START                call, fault           received
 *      STOPPED -------------> READY ---------------> SENDING -----------> AWAITING_REPLY
 *         ^                    ^  |                                            |
 *         |  STOP, kill        |  | wait                 reply                 |
 *         +---- (from any)     |  +-----> RECEIVING        |                   |
 *                              |              | message    v                   |
 *                              +--------------+------------+-------------------+
 *
 * READY covers the running thread (current_thread(), in no queue) and those in a ready queue.
 * `link` belongs to the one queue that a thread can be in: ready, or waiting at an endpoint.
 * A thread that awaits a reply is in no queue: its server task only counts its callers.
 */
#pragma once

#include "object.h"

struct task;
struct endpoint;
struct notification;

/*
 * A queue is a ring through a link of its own, the sentinel, and one in each thread: no
 * operation has a special case for its ends. All are O(1).
 */
struct thread_link {
    struct thread_link *next, *previous;
};

struct thread {
    struct machine_context context; /* first: the entry code relies on it */
    struct object object;
    struct task *task;
    union {
        uint64_t reply_token; /* names the last call received from the thread */
        struct {
            uint32_t call_number, frame_number;
        };
    };

    uint8_t state;    /* enum thread_state, but FAULTED is AWAITING_REPLY or SENDING here */
    uint8_t kind;     /* enum message_kind of the message it sends */
    uint8_t priority; /* 0 lowest .. THREAD_PRIORITY_MAX */
    bool killed;      /* stopped for good */
    bool queued;      /* in a ready queue */

    struct thread_link link;
    struct endpoint *endpoint; /* SENDING or RECEIVING (NULL: only its notification) */
    uint64_t badge;            /* of the handle it sent through */

    struct task *server; /* AWAITING_REPLY: whose reply */

    struct notification *notification; /* bound; NULL: none */

    uint64_t fault_address; /* MESSAGE_FAULT; MESSAGE_EXCEPTION: the error code */
    uint32_t fault_access;  /* MESSAGE_FAULT: FAULT_ACCESS_*; MESSAGE_EXCEPTION: the label */
    uint64_t name;          /* FAULT_THREAD */
    uint64_t ticks;         /* it ran for so long; while it runs, less the time of the switch */
    struct thread *next_in_task, *previous_in_task;
};

_Static_assert(sizeof(struct thread) <= THREAD_FPU_OFFSET, "struct thread meets the FPU state");

static inline struct thread *thread_of_object(struct object *object)
{
    return (struct thread *)((char *)object - offsetof(struct thread, object));
}

static inline void thread_set_status(struct thread *thread, int status)
{
    thread->context.registers.rax = (uint64_t)(int64_t)status;
}

static inline struct thread *thread_of_link(struct thread_link *link)
{
    return (struct thread *)((char *)link - offsetof(struct thread, link));
}

static inline void thread_queue_initialize(struct thread_link *queue)
{
    queue->next = queue->previous = queue;
}

static inline bool thread_queue_empty(const struct thread_link *queue)
{
    return queue->next == queue;
}

/* Before `place`: a queue's sentinel (at the end) or its first link (at the front). */
static inline void thread_queue_insert(struct thread_link *place, struct thread *thread)
{
    struct thread_link *previous = place->previous;
    thread->link.next = place;
    thread->link.previous = previous;
    previous->next = &thread->link;
    place->previous = &thread->link;
}

static inline void thread_queue_remove(struct thread *thread)
{
    struct thread_link *next = thread->link.next, *previous = thread->link.previous;
    previous->next = next;
    next->previous = previous;
}

/* `frame` was donated. The thread is stopped and in the task's list. */
struct thread *thread_create(uint64_t frame, struct task *task, unsigned priority);
/* Out of whatever it does and out of its task; the frame is free. Not the current thread. */
void thread_destroy(struct thread *thread);
/*
 * Out of whatever it does, to STOPPED. A call or wait of its own ends with `status`; a fault
 * or exception that was under way comes again when the thread is started.
 */
void thread_stop(struct thread *thread, int status);
/* The peer of its call, wait or fault is gone: made ready with `status`, or killed. */
void thread_abandon(struct thread *thread, int status);
/* Stops for good; the owner of the thread destroys it. */
void thread_kill(struct thread *thread);

void system_thread(struct thread *thread);
