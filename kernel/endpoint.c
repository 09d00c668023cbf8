/*
 * Message passing: calls, waits and replies.
 *
 *      client           endpoint             server
 *      call  ------->  senders | receivers <------- wait
 *                         whoever comes second completes the message
 *      READY  <---- reply to the token (the server's r14) ----  server
 *
 * A switch from client to server and back does not pass through a ready queue unless a more
 * urgent thread waits there. This is the fast path of the system: straight code, no loops.
 */
#include "endpoint.h"
#include "call_cycle.h"
#include "fault.h"
#include "handle.h"
#include "message.h"
#include "scheduler.h"

/* The compiler finds these too long to inline; on the path of every message they are not. */
#define ALWAYS_INLINE inline __attribute__((always_inline))

/* Waits ended by one step of the destruction of an endpoint. */
#define DESTROY_STEP 32

static inline void fail(struct thread *thread, int error)
{
    thread_set_status(thread, error);
}

/* ---------------------------------------------------------------- delivery */

/* The sender's message into the receiver's registers; the sender now awaits the reply. */
static ALWAYS_INLINE void deliver(struct thread *receiver, struct thread *sender)
{
    struct thread_registers *to = &receiver->context.registers;
    const struct thread_registers *from = &sender->context.registers;

    if (__builtin_expect(sender->kind == MESSAGE_CALL, 1)) {
        to->rsi = from->rsi & TAG_TRAVELS;
        message_copy_words(to, from);
        if (from->rsi & TAG_HANDLE_BITS)
            message_copy_handles(receiver, sender, from->rsi);
    } else {
        fault_fill_message(receiver, sender);
    }
    to->rax = KERNEL_OK;
    to->rdi = sender->badge;
    /* A new number for each call: the tokens of earlier ones go stale. */
    sender->reply_token =
        (sender->reply_token & ~0xffffffffull) | (uint32_t)(sender->reply_token + 1);
    to->r14 = sender->reply_token;

    sender->state = THREAD_AWAITING_REPLY;
    task_add_caller(receiver->task, sender);
    message_log_add(sender, receiver);
}

void endpoint_deliver_notification(struct thread *thread, uint64_t bits)
{
    struct thread_registers *registers = &thread->context.registers;
    registers->rax = KERNEL_OK;
    registers->rdi = 0;
    registers->rsi = TAG_OF_KIND(MESSAGE_NOTIFICATION) | MAKE_TAG(0, 1, 0);
    message_set_words(registers, bits, 0, 0, 0, 0, 0);
    registers->r14 = 0;
}

/* ---------------------------------------------------------------- sending */

/* The sender is current: it blocks here, or in the receiver's list of callers. */
static ALWAYS_INLINE void send(struct endpoint *endpoint, struct thread *sender)
{
    call_cycle_check(endpoint, sender);
    struct thread *receiver = endpoint->receivers.head;
    if (receiver == NULL) {
        sender->state = THREAD_SENDING;
        sender->endpoint = endpoint;
        thread_queue_push(&endpoint->senders, sender);
        scheduler_block();
        return;
    }
    thread_queue_pop(&endpoint->receivers, receiver);
    deliver(receiver, sender);
    scheduler_hand_over(receiver);
}

void endpoint_send(struct endpoint *endpoint, struct thread *sender)
{
    send(endpoint, sender);
}

void system_call_endpoint(struct thread *thread)
{
    struct thread_registers *registers = &thread->context.registers;
    struct handle_slot *slot;
    int error = handle_find(thread->task, registers->rdi, OBJECT_ENDPOINT, RIGHT_SEND, &slot);
    if (error != KERNEL_OK)
        return fail(thread, error);
    if (registers->rsi & TAG_HANDLE_BITS) {
        error = message_check_handles(thread, registers->rsi);
        if (error != KERNEL_OK)
            return fail(thread, error);
    }
    thread->kind = MESSAGE_CALL;
    thread->badge = slot->badge;
    send((struct endpoint *)slot->object, thread);
}

/* ---------------------------------------------------------------- waiting */

/*
 * The current thread waits: for its notification, then for the endpoint's senders. `client`,
 * when there is one, was just answered and runs if the wait blocks.
 */
static inline void wait(struct thread *thread, struct endpoint *endpoint, struct thread *client)
{
    struct notification *notification = thread->notification;
    if (notification != NULL && notification->bits != 0) {
        endpoint_deliver_notification(thread, notification->bits);
        notification->bits = 0;
        if (client != NULL)
            scheduler_resume(client);
        return;
    }
    if (endpoint != NULL) {
        call_cycle_note_server(endpoint, thread);
        struct thread *sender = endpoint->senders.head;
        if (sender != NULL) {
            thread_queue_pop(&endpoint->senders, sender);
            deliver(thread, sender);
            if (client != NULL)
                scheduler_resume(client);
            return;
        }
        thread_queue_push(&endpoint->receivers, thread);
    }
    thread->endpoint = endpoint;
    thread->state = THREAD_RECEIVING;
    if (client != NULL)
        scheduler_hand_over(client);
    else
        scheduler_block();
}

/* Handle 0: only the bound notification, which then must exist. */
static inline int find_wait_endpoint(struct thread *thread, uint64_t handle,
                                     struct endpoint **endpoint)
{
    if (handle == 0) {
        *endpoint = NULL;
        return thread->notification != NULL ? KERNEL_OK : ERROR_STATE;
    }
    struct handle_slot *slot;
    int error = handle_find(thread->task, handle, OBJECT_ENDPOINT, RIGHT_RECEIVE, &slot);
    if (error == KERNEL_OK)
        *endpoint = (struct endpoint *)slot->object;
    return error;
}

void system_wait(struct thread *thread)
{
    struct endpoint *endpoint;
    int error = find_wait_endpoint(thread, thread->context.registers.rdi, &endpoint);
    if (error != KERNEL_OK)
        return fail(thread, error);
    wait(thread, endpoint, NULL);
}

/* ---------------------------------------------------------------- replying */

struct thread *reply_target(struct thread *replier, uint64_t token)
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

/*
 * The reply in the server's registers to the client, which leaves the list of callers. *client
 * becomes NULL when the thread does not run again (a fault was answered with a kill).
 */
static ALWAYS_INLINE int reply_to(struct thread *server, struct thread **client_pointer)
{
    struct thread *client = *client_pointer;
    struct thread_registers *to = &client->context.registers;
    const struct thread_registers *from = &server->context.registers;

    if (__builtin_expect(client->kind == MESSAGE_CALL, 1)) {
        if (from->rsi & TAG_HANDLE_BITS) {
            int error = message_check_handles(server, from->rsi);
            if (error != KERNEL_OK)
                return error;
        }
        to->rsi = from->rsi & TAG_TRAVELS;
        message_copy_words(to, from);
        if (from->rsi & TAG_HANDLE_BITS)
            message_copy_handles(client, server, from->rsi);
        to->rax = KERNEL_OK;
        task_remove_caller(client);
        message_log_add(server, client);
        return KERNEL_OK;
    }
    task_remove_caller(client);
    client->state = THREAD_STOPPED; /* the kill of a wrong reply finds it in no queue */
    int error = fault_reply(server, client);
    if (client->killed)
        *client_pointer = NULL;
    return error;
}

void system_reply_and_wait(struct thread *thread)
{
    const struct thread_registers *registers = &thread->context.registers;
    struct endpoint *endpoint;
    struct thread *client = NULL;
    int error = find_wait_endpoint(thread, registers->r14, &endpoint);
    if (error != KERNEL_OK)
        return fail(thread, error);
    if (registers->rdi != 0) {
        client = reply_target(thread, registers->rdi);
        if (client == NULL)
            return fail(thread, ERROR_TOKEN);
        error = reply_to(thread, &client);
        if (error != KERNEL_OK)
            return fail(thread, error);
    }
    wait(thread, endpoint, client);
}

void system_reply(struct thread *thread)
{
    struct thread *client = reply_target(thread, thread->context.registers.rdi);
    if (client == NULL)
        return fail(thread, ERROR_TOKEN);
    int error = reply_to(thread, &client);
    if (error == KERNEL_OK && client != NULL)
        scheduler_resume(client);
    thread_set_status(thread, error);
}

/* ---------------------------------------------------------------- ends */

void endpoint_withdraw(struct thread *thread)
{
    switch (thread->state) {
    case THREAD_SENDING: thread_queue_remove(&thread->endpoint->senders, thread); break;
    case THREAD_RECEIVING:
        if (thread->endpoint != NULL)
            thread_queue_remove(&thread->endpoint->receivers, thread);
        break;
    case THREAD_AWAITING_REPLY: task_remove_caller(thread); break;
    default: break;
    }
    thread->endpoint = NULL;
}

int endpoint_destroy_step(struct endpoint *endpoint)
{
    for (unsigned i = 0; i < DESTROY_STEP; i++) {
        struct thread *thread = endpoint->senders.head;
        int status = ERROR_DEAD;
        if (thread == NULL) {
            thread = endpoint->receivers.head;
            status = ERROR_BAD_HANDLE;
        }
        if (thread == NULL) {
            slab_release(&endpoint->object);
            return KERNEL_OK;
        }
        thread_abandon(thread, status);
    }
    return ERROR_AGAIN;
}
