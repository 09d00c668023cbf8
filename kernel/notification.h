/*
 * Notifications: a word of bits that IRQs, timers and tasks set, and one thread collects. Each
 * has one timer. A set bit that nobody waits for stays until the bound thread waits.
 */
#pragma once

#include "object.h"
#include "thread.h"

struct notification {
    struct object object;
    uint64_t bits;
    struct thread *thread; /* bound: its waits end with the bits; NULL: none */

    /* The timer, a node of the scheduler's heap. See timer.c. */
    uint64_t deadline; /* nanoseconds since boot; 0: not armed */
    uint64_t timer_bits;
    struct notification *timer_parent, *timer_left, *timer_right;
    uint32_t timer_rank;
};

void notification_raise(struct notification *notification, uint64_t bits);
/* False: the notification or the thread is bound already. */
bool notification_bind(struct notification *notification, struct thread *thread);
void notification_unbind(struct thread *thread);
void notification_destroy(struct notification *notification);

void system_notify(struct thread *thread);
