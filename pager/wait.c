/*
 * Wait queues and the run queue. See wait.h.
 */
#include "wait.h"
#include "eviction.h"

static struct wait_queue run_queue;

static void append(struct wait_queue *queue, struct waiter *waiter)
{
    waiter->next = NULL;
    if (queue->last != NULL)
        queue->last->next = waiter;
    else
        queue->first = waiter;
    queue->last = waiter;
}

static struct waiter *take_first(struct wait_queue *queue)
{
    struct waiter *waiter = queue->first;
    if (waiter == NULL)
        return NULL;
    queue->first = waiter->next;
    if (queue->first == NULL)
        queue->last = NULL;
    waiter->queue = NULL;
    return waiter;
}

void wait_queue_add(struct wait_queue *queue, struct waiter *waiter)
{
    append(queue, waiter);
    waiter->queue = queue;
}

bool wait_queue_leave(struct waiter *waiter)
{
    struct wait_queue *queue = waiter->queue;
    struct waiter *previous = NULL;
    if (queue == NULL)
        return false;
    for (struct waiter *other = queue->first; other != waiter; other = other->next)
        previous = other;
    if (previous != NULL)
        previous->next = waiter->next;
    else
        queue->first = waiter->next;
    if (queue->last == waiter)
        queue->last = previous;
    waiter->queue = NULL;
    return true;
}

void wait_queue_wake_one(struct wait_queue *queue, int32_t result)
{
    struct waiter *waiter = take_first(queue);
    if (waiter != NULL)
        run_queue_add(waiter, result);
}

void wait_queue_wake(struct wait_queue *queue, int32_t result)
{
    while (queue->first != NULL)
        wait_queue_wake_one(queue, result);
}

void run_queue_add(struct waiter *waiter, int32_t result)
{
    waiter->result = result;
    append(&run_queue, waiter);
}

bool run_queue_pending(void)
{
    return run_queue.first != NULL || frame_waiters_stirred;
}

static SLOW_PATH void drain(void)
{
    for (;;) {
        struct waiter *waiter = take_first(&run_queue);
        if (waiter != NULL)
            waiter->resume(waiter, waiter->result);
        else if (!frame_waiters_pump())
            return;
    }
}

void run_queue_drain(void)
{
    if (run_queue_pending())
        drain();
}
