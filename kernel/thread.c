/*
 * Threads: their life, and how they leave whatever they were doing. See thread.h.
 */
#include "thread.h"
#include "endpoint.h"
#include "notification.h"
#include "scheduler.h"
#include "task.h"

struct thread *thread_create(uint64_t frame, struct task *task, unsigned priority)
{
    struct thread *thread = physical_to_virtual(frame);
    machine_context_initialize(thread);
    object_initialize(&thread->object, OBJECT_THREAD);
    thread->task = task;
    thread->frame_number = (uint32_t)(frame >> PAGE_SHIFT);
    thread->call_number = 0;
    thread->state = THREAD_STOPPED;
    thread->priority = (uint8_t)priority;

    thread->previous_in_task = NULL;
    thread->next_in_task = task->threads;
    if (task->threads != NULL)
        task->threads->previous_in_task = thread;
    task->threads = thread;
    return thread;
}

void thread_destroy(struct thread *thread)
{
    struct task *task = thread->task;
    thread_stop(thread, ERROR_DEAD);
    notification_unbind(thread);
    if (thread->previous_in_task != NULL)
        thread->previous_in_task->next_in_task = thread->next_in_task;
    else
        task->threads = thread->next_in_task;
    if (thread->next_in_task != NULL)
        thread->next_in_task->previous_in_task = thread->previous_in_task;

    machine_context_release(thread);
    thread->object.id = thread->object.birth = 0;
    frame_give_back(virtual_to_physical(thread));
}

/* Whether a call or wait of the thread's own ends, rather than a fault that it suffered. */
static bool in_own_call(const struct thread *thread)
{
    switch (thread->state) {
    case THREAD_RECEIVING: return true;
    case THREAD_SENDING:
    case THREAD_AWAITING_REPLY: return thread->kind == MESSAGE_CALL;
    default: return false;
    }
}

void thread_stop(struct thread *thread, int status)
{
    if (in_own_call(thread))
        thread_set_status(thread, status);
    if (thread->state == THREAD_READY)
        scheduler_remove(thread);
    else
        endpoint_withdraw(thread);
    thread->state = THREAD_STOPPED;
}

void thread_kill(struct thread *thread)
{
    thread_stop(thread, ERROR_DEAD);
    thread->killed = true;
}

void thread_abandon(struct thread *thread, int status)
{
    if (!in_own_call(thread)) {
        thread_kill(thread);
        return;
    }
    thread_stop(thread, status);
    scheduler_make_ready(thread);
}
