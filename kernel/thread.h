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
 * `next` and `previous` belong to the one queue that a thread can be in: ready, senders or
 * receivers. A thread that awaits a reply is also in its server task's list of callers.
 */
#pragma once

#include "object.h"

struct task;
struct endpoint;
struct notification;

struct thread {
    struct machine_context context; /* first: the entry code relies on it */
    struct object object;
    struct task *task;
    uint64_t reply_token; /* frame number << 32 | number of the last call received */

    uint8_t state;    /* enum thread_state, but FAULTED is AWAITING_REPLY or SENDING here */
    uint8_t kind;     /* enum message_kind of the message it sends */
    uint8_t priority; /* 0 lowest .. THREAD_PRIORITY_MAX */
    bool killed;      /* stopped for good */
    bool queued;      /* in a ready queue */

    struct thread *next, *previous;
    struct endpoint *endpoint; /* SENDING or RECEIVING (NULL: only its notification) */
    uint64_t badge;            /* of the handle it sent through */

    struct task *server; /* AWAITING_REPLY: whose reply */
    struct thread *next_caller, *previous_caller;

    struct notification *notification; /* bound; NULL: none */

    uint64_t fault_address; /* MESSAGE_FAULT; MESSAGE_EXCEPTION: the error code */
    uint32_t fault_access;  /* MESSAGE_FAULT: FAULT_ACCESS_*; MESSAGE_EXCEPTION: the label */
    uint64_t name;          /* FAULT_THREAD */
    uint64_t ticks;         /* it ran for so long */
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

/* A queue of threads through next and previous. All operations are O(1). */
struct thread_queue {
    struct thread *head, *tail;
};

static inline void thread_queue_push(struct thread_queue *queue, struct thread *thread)
{
    thread->next = NULL;
    thread->previous = queue->tail;
    if (queue->tail != NULL)
        queue->tail->next = thread;
    else
        queue->head = thread;
    queue->tail = thread;
}

static inline void thread_queue_push_front(struct thread_queue *queue, struct thread *thread)
{
    thread->previous = NULL;
    thread->next = queue->head;
    if (queue->head != NULL)
        queue->head->previous = thread;
    else
        queue->tail = thread;
    queue->head = thread;
}

static inline void thread_queue_remove(struct thread_queue *queue, struct thread *thread)
{
    if (thread->previous != NULL)
        thread->previous->next = thread->next;
    else
        queue->head = thread->next;
    if (thread->next != NULL)
        thread->next->previous = thread->previous;
    else
        queue->tail = thread->previous;
}

/* The same for the thread at the head. */
static inline void thread_queue_pop(struct thread_queue *queue, struct thread *head)
{
    queue->head = head->next;
    if (head->next != NULL)
        head->next->previous = NULL;
    else
        queue->tail = NULL;
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
