/*
 * Endpoints: where calls meet waits.
 */
#pragma once

#include "object.h"
#include "thread.h"

struct endpoint {
    struct object object;
    struct thread_link waiting; /* oldest first; all in SENDING, or all in RECEIVING */
    /* Debug builds: the task that waited here last, and its birth while it lives. */
    struct task *server_task;
    uint64_t server;
};

/* A zeroed object that becomes an endpoint. */
void endpoint_initialize(struct endpoint *endpoint);

/*
 * Ends up to 32 waits a step: callers get ERROR_DEAD, receivers ERROR_BAD_HANDLE, faulting
 * threads stop. ERROR_AGAIN: some are left. KERNEL_OK: the endpoint is gone.
 */
int endpoint_destroy_step(struct endpoint *endpoint);

/*
 * The fault or exception of the current thread: to a waiting receiver, or queued. The last act of
 * a handler, like scheduler_hand_over().
 */
void endpoint_send_fault(struct endpoint *endpoint, struct thread *sender, uint64_t badge);
void endpoint_send_exception(struct endpoint *endpoint, struct thread *sender, uint64_t badge);

/*
 * Takes the thread out of the endpoint's or its server's books, in state SENDING, RECEIVING or
 * AWAITING_REPLY. The caller gives it a new state.
 */
void endpoint_withdraw(struct thread *thread);

/* The thread, which waits, receives the bits of its notification instead of a message. */
void endpoint_deliver_notification(struct thread *thread, uint64_t bits);

/*
 * The thread whose kept call the token names and `replier` may answer, or NULL. O(1): the
 * frame table vouches for the frame, the rest is compared.
 */
static inline struct thread *reply_target(struct thread *replier, uint64_t token)
{
    uint64_t frame = token >> 32 << PAGE_SHIFT;
    if (!frame_in_table(frame) ||
        frame_at(frame)->tag != FRAME_TAG(FRAME_OBJECT, OBJECT_FRAME_THREAD))
        return NULL;
    struct thread *client = physical_to_virtual(frame);
    if (client->reply_token != token || client->state != THREAD_AWAITING_REPLY ||
        client->server != replier->task)
        return NULL;
    return client;
}

void system_call_endpoint(struct thread *thread);
void system_reply_and_wait(struct thread *thread);
void system_wait(struct thread *thread);
void system_reply(struct thread *thread);
