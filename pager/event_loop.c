/*
 * The event loop: one message or notification at a time, never blocked on anything else.
 *
 *      wait ---> fault, call, exception ---> step ---> reply (with the next wait)
 *        |                                       \--> parked in some queue
 *        +-----> notification: rings, disk, timer ---> waiters to the run queue
 *
 * Before each wait: what became runnable runs, the fs ring's doorbell rings once for all that
 * was submitted. A request that ends at once is answered by the same kernel call that waits
 * for the next message. When work off the fault path is due (background eviction, Accessed
 * bits), the caller is answered first.
 */
#include "address_space.h"
#include "console.h"
#include "dispatch.h"
#include "fs_client.h"
#include "kernel_interface.h"
#include "memory.h"
#include "services.h"
#include "statistics.h"
#include "thread.h"
#include "trace.h"

#include <quire/server_start.h>

/* How long others may run before a piece of a long copy goes on. The kernel delivers a
   notification before messages, so raising one at once would starve the callers. */
#define YIELD_NANOSECONDS 20000u

uint32_t pager_endpoint;
uint32_t pager_notification;

static struct wait_queue yielded;
static uint64_t timer_deadline; /* armed for this time; 0: not armed */

uint64_t clock_now(void)
{
    return sys_clock_read();
}

void timer_wake_at(uint64_t nanoseconds)
{
    if (timer_deadline != 0 && timer_deadline <= nanoseconds)
        return;
    timer_deadline = nanoseconds;
    sys_clock_arm(pager_notification, PAGER_BIT_TIMER, nanoseconds);
}

void event_loop_yield(struct waiter *waiter)
{
    wait_queue_add(&yielded, waiter);
    timer_wake_at(clock_now() + YIELD_NANOSECONDS);
}

static void handle_notification(uint64_t bits)
{
    if (bits & PAGER_BIT_TIMER) {
        timer_deadline = 0;
        wait_queue_wake(&yielded, 0);
        address_waits_expire(clock_now());
        background_tick();
    }
    if (bits & (PAGER_BIT_DISK | PAGER_BIT_TIMER))
        swap_interrupt();
    if (bits & PAGER_BIT_FS)
        fs_client_interrupt();
    if (bits & PAGER_BIT_CONSOLE)
        console_interrupt();
    if (bits & PAGER_BIT_TRACE)
        trace_output_interrupt();
}

/* What must be done before the pager sleeps. */
static void settle(void)
{
    run_queue_drain();
    fs_client_flush();
    /* Only calls to a dead fs-server fail in the flush itself. */
    while (fs_client_failing()) {
        run_queue_drain();
        fs_client_flush();
    }
    console_flush();
}

/* Handles that nobody asked for would fill the pager's table. */
static void close_handles(const struct message *message)
{
    unsigned count = TAG_HANDLES(message->tag);
    for (unsigned i = MESSAGE_WORDS - count; i < MESSAGE_WORDS; i++)
        if (message->words[i] != 0)
            sys_handle_close((uint32_t)message->words[i]);
}

/* A message is in the spare. Returns the token to reply to together with the next wait; 0: none. */
static uint64_t handle_message(struct request *request)
{
    struct address_space *space = address_space_of_badge(request->message.badge);
    uint64_t token = request->message.reply_token;
    if (space == NULL) {
        /* Its space went between the send and now. */
        request->space = NULL;
        request->message.tag = MAKE_TAG(FAULT_KILL, 0, 0);
        return token;
    }
    if (TAG_HANDLES(request->message.tag) != 0 &&
        (!space->is_init || TAG_LABEL(request->message.tag) != SYSTEM_NOTIFY_DEATHS))
        close_handles(&request->message);
    request_start(request, space);
    if (dispatch_select(request) && !request_step(request)) {
        request_keep();
        return 0;
    }
    bool answer = !request->no_reply && !space->dying;
    if (answer)
        request_make_reply(request);
    request_end(request);
    return answer ? token : 0;
}

/* Receives into `request`, answering `token` (0: nobody) on the way. */
static void answer_and_wait(struct request *request, uint64_t token)
{
    if (token != 0) {
        int64_t status = sys_reply_and_wait(token, pager_endpoint, &request->message);
        if (status == KERNEL_OK)
            return;
        request_reply_failed(request, status);
        settle();
    }
    sys_wait(pager_endpoint, &request->message);
}

void event_loop_run(void)
{
    uint64_t token = 0;
    for (;;) {
        /* A mapping on its way in the reply is in the reverse map already: nothing that may evict
           its page runs before the kernel has installed it. */
        if (token != 0 && (run_queue_pending() || background_needed)) {
            sys_reply(token, &request_spare()->message);
            token = 0;
        }
        settle();
        if (background_needed) {
            background_work();
            settle();
        }
        statistics_refresh();

        struct request *request = request_spare();
        if (request == NULL) {
            struct message message = {0};
            sys_wait(0, &message);
            handle_notification(message.words[0]);
            continue;
        }
        answer_and_wait(request, token);
        token = 0;
        if (TAG_KIND(request->message.tag) == MESSAGE_NOTIFICATION)
            handle_notification(request->message.words[0]);
        else
            token = handle_message(request);
    }
}

void event_loop_until(bool (*finished)(void *context), void *context)
{
    for (;;) {
        settle();
        if (finished(context))
            return;
        struct message message = {0};
        if (sys_wait(0, &message) == KERNEL_OK)
            handle_notification(message.words[0]);
    }
}
