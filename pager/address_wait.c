/*
 * Waiting at an address: what mutexes and condition variables of a program block on.
 *
 * PAGER_WAIT_ADDRESS compares the word there with what the caller expects and queues the caller, in
 * one step of the event loop; PAGER_WAKE_ADDRESS is another step. A program that changes the word
 * before it wakes therefore never loses a wake-up. Only threads of the same program meet.
 *
 * A wait lies in its request, so it needs no memory. A wake looks at all waits of the program: O(its
 * threads). Waits with a deadline are in a list by deadline too.
 */
#include "address_space.h"
#include "dispatch.h"
#include "memory.h"
#include "services.h"
#include "thread.h"

#include <assert.h>
#include <quire/errno.h>

enum wait_state { WAIT_NEW = 0, WAIT_QUEUED, WAIT_WOKEN, WAIT_EXPIRED };

struct address_wait {
    struct list_link in_space, by_deadline;
    uint64_t deadline; /* absolute nanoseconds, 0: none */
    enum wait_state state;
};
static_assert(sizeof(struct address_wait) <= sizeof(((struct request *)NULL)->scratch),
              "a wait lies in the scratch words of its request");

static struct list_link deadlines = {&deadlines, &deadlines};

static struct address_wait *wait_of(struct request *request)
{
    return (struct address_wait *)request->scratch;
}

static struct request *request_of(struct address_wait *wait)
{
    return (struct request *)((char *)wait - offsetof(struct request, scratch));
}

static void arm(void)
{
    struct list_link *first = list_first(&deadlines);
    if (first != NULL)
        timer_wake_at(LIST_ENTRY(first, struct address_wait, by_deadline)->deadline);
}

static void end(struct address_wait *wait, enum wait_state state)
{
    list_remove(&wait->in_space);
    list_remove(&wait->by_deadline);
    wait->state = state;
    run_queue_add(&request_of(wait)->waiter, 0);
}

static void queue(struct request *request, uint64_t deadline)
{
    struct address_wait *wait = wait_of(request);
    wait->state = WAIT_QUEUED;
    wait->deadline = deadline;
    list_append(&request->space->address_waits, &wait->in_space);
    list_initialize(&wait->by_deadline);
    if (deadline == 0)
        return;
    /* Most waits are begun in the order in which they end: look from the back. */
    struct list_link *before = deadlines.previous;
    while (before != &deadlines &&
           LIST_ENTRY(before, struct address_wait, by_deadline)->deadline > deadline)
        before = before->previous;
    list_insert_between(&wait->by_deadline, before, before->next);
    arm();
}

void address_waits_forget(struct address_space *space)
{
    LIST_FOR_EACH (link, &space->address_waits)
        end(LIST_ENTRY(link, struct address_wait, in_space), WAIT_WOKEN);
}

void address_waits_expire(uint64_t now)
{
    LIST_FOR_EACH (link, &deadlines) {
        struct address_wait *wait = LIST_ENTRY(link, struct address_wait, by_deadline);
        if (wait->deadline > now)
            break;
        end(wait, WAIT_EXPIRED);
    }
    arm();
}

/* A word that a program may have at all. */
static bool is_word(uint64_t address)
{
    return address % sizeof(uint32_t) == 0 && address < PROGRAM_ADDRESS_LIMIT;
}

enum request_status address_wait_step(struct request *request)
{
    const uint64_t *words = request->message.words;
    uint64_t address = words[0], deadline = words[2], progress = 0;
    uint32_t value;
    switch (wait_of(request)->state) {
    case WAIT_WOKEN: return request_done(request, 0);
    case WAIT_EXPIRED: return request_done(request, -ETIMEDOUT);
    default: break;
    }
    if (!is_word(address))
        return request_done(request, -EINVAL);
    switch (user_copy_in(request, request->space, address, &value, sizeof value, &progress)) {
    case COPY_PARKED: return REQUEST_PARKED;
    case COPY_FAULT: return user_fault_result(request, address);
    case COPY_DONE: break;
    }
    if (value != (uint32_t)words[1])
        return request_done(request, -EAGAIN);
    if (deadline != 0 && deadline <= clock_now())
        return request_done(request, -ETIMEDOUT);
    queue(request, deadline);
    return REQUEST_PARKED;
}

enum request_status address_wake_step(struct request *request)
{
    uint64_t address = request->message.words[0], most = request->message.words[1];
    int32_t woken = 0;
    if (!is_word(address))
        return request_done(request, -EINVAL);
    LIST_FOR_EACH (link, &request->space->address_waits) {
        struct address_wait *wait = LIST_ENTRY(link, struct address_wait, in_space);
        if ((uint64_t)woken == most)
            break;
        if (request_of(wait)->message.words[0] == address) {
            end(wait, WAIT_WOKEN);
            woken++;
        }
    }
    return request_done(request, woken);
}
