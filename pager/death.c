/*
 * Deaths: programs that the pager or an exception stopped, until init has asked for each.
 *
 *      process_die() --> queued ----PROCESS_NEXT_DEATH----> known to init --> PROCESS_DESTROY
 *                          \--- PROCESS_DESTROY (init killed it first) ---> forgotten
 *
 * The record is part of the address space, so dying needs no memory.
 */
#include "death.h"
#include "address_space.h"
#include "dispatch.h"
#include "server_loader.h"
#include "services.h"
#include "thread.h"

#include <quire/errno.h>

static struct address_space *first, *last;
static uint32_t init_notification; /* 0: init has not asked to be told */
static uint64_t init_bits;

void process_stop(struct address_space *space)
{
    space->dying = true;
    threads_stop(space);
}

void process_die(struct address_space *space, enum death_reason reason, uint64_t address,
                 uint64_t ip)
{
    if (space->death.dead)
        return;
    space->death.dead = true;
    space->death.reason = reason;
    space->death.address = address;
    space->death.ip = ip;
    process_stop(space);
    if (space->wired) {
        server_died(space);
        return;
    }

    space->death.queued = true;
    space->death.next = NULL;
    if (last != NULL)
        last->death.next = space;
    else
        first = space;
    last = space;
    if (init_notification != 0)
        sys_notify(init_notification, init_bits);
}

void death_forget(struct address_space *space)
{
    if (!space->death.queued)
        return;
    space->death.queued = false;
    struct address_space *previous = NULL;
    for (struct address_space *entry = first; entry != NULL; entry = entry->death.next) {
        if (entry == space) {
            if (previous != NULL)
                previous->death.next = space->death.next;
            else
                first = space->death.next;
            if (last == space)
                last = previous;
            return;
        }
        previous = entry;
    }
}

enum request_status process_next_death_step(struct request *request)
{
    struct address_space *space = first;
    if (space == NULL)
        return request_done(request, -EAGAIN);
    first = space->death.next;
    if (first == NULL)
        last = NULL;
    space->death.queued = false;
    request->value[0] = space->id;
    request->value[1] = space->death.reason;
    request->reply_words[0] = space->death.address;
    request->reply_words[1] = space->death.ip;
    return request_done(request, 0);
}

enum request_status notify_deaths_step(struct request *request)
{
    uint64_t bits = request->message.words[0];
    uint32_t handle = (uint32_t)request->message.words[5];
    if (TAG_HANDLES(request->message.tag) != 1 || handle == 0)
        return request_done(request, -EINVAL);
    if (init_notification != 0)
        sys_handle_close(init_notification);
    init_notification = handle;
    init_bits = bits;
    if (first != NULL)
        sys_notify(init_notification, init_bits);
    return request_done(request, 0);
}
