/*
 * Notifications. See notification.h.
 */
#include "notification.h"
#include "endpoint.h"
#include "handle.h"
#include "scheduler.h"

/* Hands the bits over when the bound thread waits for them. */
static void deliver_if_awaited(struct notification *notification)
{
    struct thread *thread = notification->thread;
    if (notification->bits == 0 || thread == NULL || thread->state != THREAD_RECEIVING)
        return;
    endpoint_withdraw(thread);
    endpoint_deliver_notification(thread, notification->bits);
    notification->bits = 0;
    scheduler_make_ready(thread);
}

void notification_raise(struct notification *notification, uint64_t bits)
{
    notification->bits |= bits;
    deliver_if_awaited(notification);
}

bool notification_bind(struct notification *notification, struct thread *thread)
{
    if (notification->thread != NULL || thread->notification != NULL)
        return false;
    notification->thread = thread;
    thread->notification = notification;
    deliver_if_awaited(notification);
    return true;
}

void notification_unbind(struct thread *thread)
{
    if (thread->notification != NULL)
        thread->notification->thread = NULL;
    thread->notification = NULL;
}

void notification_destroy(struct notification *notification)
{
    struct thread *thread = notification->thread;
    if (notification->deadline != 0)
        timer_set(notification, 0, 0);
    if (thread != NULL) {
        notification_unbind(thread);
        /* It waits for nothing else, and nothing will come. */
        if (thread->state == THREAD_RECEIVING && thread->endpoint == NULL)
            thread_abandon(thread, ERROR_BAD_HANDLE);
    }
    slab_release(&notification->object);
}

void system_notify(struct thread *thread)
{
    const struct thread_registers *registers = &thread->context.registers;
    struct handle_slot *slot;
    int error = handle_find(thread->task, registers->rdi, OBJECT_NOTIFICATION, RIGHT_SEND, &slot);
    thread_set_status(thread, error);
    if (error == KERNEL_OK)
        notification_raise((struct notification *)slot->object, registers->rsi);
}
