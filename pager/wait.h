/*
 * Waiting in the pager's event loop.
 *
 * Nothing in the pager blocks. What cannot go on links its waiter into a queue (of a page
 * in flight, of a group without frames, of a request to the fs-server) and returns; when
 * the event comes, every waiter of the queue moves to the run queue, and the event loop
 * calls `resume` of each before it waits for the next message. A resumed operation looks
 * at the world again from the start of its step: much may have changed.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct waiter {
    struct waiter *next;
    void (*resume)(struct waiter *waiter, int32_t result); /* result: 0 or negative errno */
    struct wait_queue *queue; /* that it waits in; NULL: none, or the run queue */
    int32_t result;
};

struct wait_queue {
    struct waiter *first, *last;
};

/* What a fault usually has no need of: kept out of line, so that the test for it is inlined. */
#define SLOW_PATH __attribute__((noinline, cold))

void wait_queue_add(struct wait_queue *queue, struct waiter *waiter);
/* Out of the queue that it waits in. False: in none; what it waits for has hold of it, or it runs. O(n). */
bool wait_queue_leave(struct waiter *waiter);
/* Moves all waiters to the run queue. */
void wait_queue_wake(struct wait_queue *queue, int32_t result);
void wait_queue_wake_one(struct wait_queue *queue, int32_t result);
/* Puts one waiter, which is in no queue, on the run queue. */
void run_queue_add(struct waiter *waiter, int32_t result);
/* Whether run_queue_drain() has anything to do. */
bool run_queue_pending(void);
/* Resumes until the run queue is empty. Called by the event loop only. */
void run_queue_drain(void);

/*
 * The error that ended the last wait, 0: none. Whoever would begin the same operation again takes it first;
 * otherwise a read that always fails would be begun for ever.
 */
static inline int32_t waiter_take_error(struct waiter *waiter)
{
    int32_t error = waiter->result;
    waiter->result = 0;
    return error < 0 ? error : 0;
}
