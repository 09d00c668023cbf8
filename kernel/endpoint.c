/*
 * Message passing: calls, waits and replies.
 *
 *      client           endpoint             server
 *      call  ------->  senders | receivers <------- wait
 *                         whoever comes second completes the message
 *      READY  <---- reply to the token (the server's r14) ----  server
 *
 * A switch from client to server and back does not pass through a ready queue unless a more
 * urgent thread waits there. This is the fast path of the system. Its two functions,
 * system_call_endpoint() and system_reply_and_wait(), do the ordinary message in straight code
 * that calls nothing, so that the compiler saves no registers for it; whatever is out of the
 * ordinary they leave, before anything has changed, to a function that does the whole work.
 */
#include "endpoint.h"
#include "call_cycle.h"
#include "fault.h"
#include "handle.h"
#include "message.h"
#include "scheduler.h"

/* Waits ended by one step of the destruction of an endpoint. */
#define DESTROY_STEP 32

static inline void fail(struct thread *thread, int error)
{
    thread_set_status(thread, error);
}

/* ---------------------------------------------------------------- delivery */

ALWAYS_INLINE bool tag_is_plain(const struct thread *sender)
{
    return __builtin_expect((sender->context.registers.rsi & ~TAG_PLAIN) == 0, 1);
}

/* The receiver has the sender's message but for badge and token; the sender awaits the reply. */
ALWAYS_INLINE void await_reply(struct thread *receiver, struct thread *sender, uint64_t badge)
{
    struct thread_registers *registers = &receiver->context.registers;
    registers->rdi = badge;
    sender->call_number++; /* the tokens of earlier calls go stale */
    registers->r14 = sender->reply_token;

    struct task *server = receiver->task;
    sender->state = THREAD_AWAITING_REPLY;
    sender->server = server;
    server->callers++;
}

static void deliver(struct thread *receiver, struct thread *sender, uint64_t badge)
{
    struct message_log *log = &this_scheduler()->messages;
    if (sender->kind == MESSAGE_CALL)
        message_transfer(log, receiver, sender);
    else
        fault_fill_message(log, receiver, sender);
    await_reply(receiver, sender, badge);
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

/* The first of the threads that wait in the given state, or NULL. */
ALWAYS_INLINE struct thread *first_waiting(const struct endpoint *endpoint, enum thread_state state)
{
    struct thread *first = thread_of_link(endpoint->waiting.next);
    return !thread_queue_empty(&endpoint->waiting) && first->state == state ? first : NULL;
}

/* The sender is current: it blocks here, or until the receiver replies. */
static void send(struct endpoint *endpoint, struct thread *sender, uint64_t badge)
{
    call_cycle_check(endpoint, sender);
    struct thread *receiver = first_waiting(endpoint, THREAD_RECEIVING);
    if (receiver == NULL) {
        sender->state = THREAD_SENDING;
        sender->endpoint = endpoint;
        sender->badge = badge;
        thread_queue_insert(&endpoint->waiting, sender);
        scheduler_block();
        return;
    }
    thread_queue_remove(receiver);
    deliver(receiver, sender, badge);
    scheduler_hand_over(this_scheduler(), sender, receiver);
}

void endpoint_send_exception(struct endpoint *endpoint, struct thread *sender, uint64_t badge)
{
    send(endpoint, sender, badge);
}

void endpoint_send_fault(struct endpoint *endpoint, struct thread *sender, uint64_t badge)
{
    struct scheduler *scheduler = this_scheduler();
    struct thread *receiver = first_waiting(endpoint, THREAD_RECEIVING);
    if (receiver == NULL)
        return send(endpoint, sender, badge);
    thread_queue_remove(receiver);
    fault_fill_page_fault(&scheduler->messages, receiver, sender);
    await_reply(receiver, sender, badge);
    scheduler_hand_over(scheduler, sender, receiver);
}

static NOINLINE void call_carefully(struct thread *thread)
{
    struct thread_registers *registers = &thread->context.registers;
    struct handle_slot *slot;
    int error = handle_find(thread->task, registers->rdi, OBJECT_ENDPOINT, RIGHT_SEND, &slot);
    if (error == KERNEL_OK)
        error = message_check_handles(thread, registers->rsi);
    if (error != KERNEL_OK)
        return fail(thread, error);
    thread->kind = MESSAGE_CALL;
    send((struct endpoint *)slot->object, thread, slot->badge);
}

void system_call_endpoint(struct thread *thread)
{
    const struct handle_slot *slot =
        handle_look_up(thread->task, thread->context.registers.rdi, OBJECT_ENDPOINT, RIGHT_SEND);
    if (slot == NULL || !tag_is_plain(thread))
        return call_carefully(thread);
    struct endpoint *endpoint = (struct endpoint *)slot->object;
    struct thread *receiver = first_waiting(endpoint, THREAD_RECEIVING);
    if (receiver == NULL)
        return call_carefully(thread);

    thread->kind = MESSAGE_CALL;
    call_cycle_check(endpoint, thread);
    thread_queue_remove(receiver);
    struct scheduler *scheduler = this_scheduler();
    message_transfer_plain(&scheduler->messages, receiver, thread);
    await_reply(receiver, thread, slot->badge);
    scheduler_hand_over(scheduler, thread, receiver);
}

/* ---------------------------------------------------------------- waiting */

ALWAYS_INLINE bool notified(const struct thread *thread)
{
    return thread->notification != NULL && thread->notification->bits != 0;
}

/* The current thread waits for its notification and for senders; there is neither yet. */
ALWAYS_INLINE void await_message(struct thread *thread, struct endpoint *endpoint)
{
    call_cycle_note_server(endpoint, thread);
    thread_queue_insert(&endpoint->waiting, thread);
    thread->endpoint = endpoint;
    thread->state = THREAD_RECEIVING;
}

/*
 * The current thread waits: for its notification, then for the endpoint's senders (NULL: no
 * endpoint). `client`, when there is one, was just answered and runs if the wait blocks.
 */
static void wait(struct thread *thread, struct endpoint *endpoint, struct thread *client)
{
    struct thread *sender = endpoint != NULL ? first_waiting(endpoint, THREAD_SENDING) : NULL;
    if (notified(thread)) {
        endpoint_deliver_notification(thread, thread->notification->bits);
        thread->notification->bits = 0;
    } else if (sender != NULL) {
        call_cycle_note_server(endpoint, thread);
        thread_queue_remove(sender);
        deliver(thread, sender, sender->badge);
    } else {
        thread->endpoint = NULL;
        thread->state = THREAD_RECEIVING;
        if (endpoint != NULL)
            await_message(thread, endpoint);
        if (client != NULL)
            scheduler_hand_over(this_scheduler(), thread, client);
        else
            scheduler_block();
        return;
    }
    if (client != NULL)
        scheduler_resume(client);
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

/* The client, whose fault it was, gets the server's answer. KERNEL_OK: see fault_reply(). */
static int reply_to_fault(struct thread *server, struct thread *client)
{
    server->task->callers--;
    client->state = THREAD_STOPPED; /* the kill of a wrong reply finds it in no queue */
    return fault_reply(server, client);
}

/*
 * The reply in the server's registers to the client. *client becomes NULL when the thread does
 * not run again (a fault was answered with a kill).
 */
static int reply_to(struct thread *server, struct thread **client_pointer)
{
    struct thread *client = *client_pointer;
    int error;
    if (client->kind == MESSAGE_CALL) {
        error = message_check_handles(server, server->context.registers.rsi);
        if (error != KERNEL_OK)
            return error;
        server->task->callers--;
        message_transfer(&this_scheduler()->messages, client, server);
    } else {
        error = reply_to_fault(server, client);
        if (client->killed)
            *client_pointer = NULL;
    }
    return error;
}

static NOINLINE void reply_and_wait_carefully(struct thread *thread)
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

/* Nothing waits for the server yet. */
static NOINLINE void reply_to_fault_and_wait(struct thread *server, struct endpoint *endpoint,
                                             struct thread *client)
{
    int error = reply_to_fault(server, client);
    if (error != KERNEL_OK)
        return fail(server, error);
    if (client->killed)
        return wait(server, endpoint, NULL);
    await_message(server, endpoint);
    scheduler_hand_over(this_scheduler(), server, client);
}

void system_reply_and_wait(struct thread *thread)
{
    const struct thread_registers *registers = &thread->context.registers;
    const struct handle_slot *slot =
        handle_look_up(thread->task, registers->r14, OBJECT_ENDPOINT, RIGHT_RECEIVE);
    if (slot == NULL)
        return reply_and_wait_carefully(thread);
    struct thread *client = reply_target(thread, registers->rdi);
    if (client == NULL)
        return reply_and_wait_carefully(thread);
    struct endpoint *endpoint = (struct endpoint *)slot->object;
    if (!tag_is_plain(thread) || notified(thread) ||
        first_waiting(endpoint, THREAD_SENDING) != NULL)
        return reply_and_wait_carefully(thread);
    if (client->kind != MESSAGE_CALL)
        return reply_to_fault_and_wait(thread, endpoint, client);

    struct scheduler *scheduler = this_scheduler();
    thread->task->callers--;
    message_transfer_plain(&scheduler->messages, client, thread);
    await_message(thread, endpoint);
    scheduler_hand_over(scheduler, thread, client);
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

void endpoint_initialize(struct endpoint *endpoint)
{
    thread_queue_initialize(&endpoint->waiting);
}

void endpoint_withdraw(struct thread *thread)
{
    if (thread->state == THREAD_AWAITING_REPLY)
        thread->server->callers--;
    else if ((thread->state == THREAD_SENDING || thread->state == THREAD_RECEIVING) &&
             thread->endpoint != NULL)
        thread_queue_remove(thread);
    thread->endpoint = NULL;
}

int endpoint_destroy_step(struct endpoint *endpoint)
{
    for (unsigned i = 0; i < DESTROY_STEP; i++) {
        if (thread_queue_empty(&endpoint->waiting)) {
            slab_release(&endpoint->object);
            return KERNEL_OK;
        }
        struct thread *thread = thread_of_link(endpoint->waiting.next);
        thread_abandon(thread, thread->state == THREAD_SENDING ? ERROR_DEAD : ERROR_BAD_HANDLE);
    }
    return ERROR_AGAIN;
}
