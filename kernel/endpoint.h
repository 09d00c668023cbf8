/*
 * Endpoints: where calls meet waits. At most one of the two queues is not empty.
 */
#pragma once

#include "object.h"
#include "thread.h"

struct endpoint {
    struct object object;
    struct thread_queue senders;   /* threads in SENDING, oldest first */
    struct thread_queue receivers; /* threads in RECEIVING */
    /* Debug builds: the task that waited here last, and its birth while it lives. */
    struct task *server_task;
    uint64_t server;
};

/*
 * Ends up to 32 waits a step: callers get ERROR_DEAD, receivers ERROR_BAD_HANDLE, faulting
 * threads stop. ERROR_AGAIN: some are left. KERNEL_OK: the endpoint is gone.
 */
int endpoint_destroy_step(struct endpoint *endpoint);

/* The message of `sender` (a call, fault or exception): to a waiting receiver, or queued. */
void endpoint_send(struct endpoint *endpoint, struct thread *sender);

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
struct thread *reply_target(struct thread *replier, uint64_t token);

void system_call_endpoint(struct thread *thread);
void system_reply_and_wait(struct thread *thread);
void system_wait(struct thread *thread);
void system_reply(struct thread *thread);
