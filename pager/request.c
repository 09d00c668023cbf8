/*
 * Requests: their memory, their replies, and what happens to them when the caller dies.
 *
 * The event loop receives into the spare request; a request that ends at once is the spare
 * again before the next message, so the fault path allocates nothing. When a request parks,
 * another spare is allocated; if there is no memory for it the loop takes no messages, only
 * notifications, until a request ends.
 */
#include "request.h"
#include "address_space.h"
#include "dispatch.h"
#include "memory.h"
#include "services.h"

#include <string.h>

static struct slab request_slab = SLAB_INITIALIZER(struct request);
static struct request *spare;

struct request *request_spare(void)
{
    if (spare == NULL)
        spare = slab_allocate(&request_slab);
    return spare;
}

void request_keep(void)
{
    struct request *request = spare;
    struct address_space *space = request->space;
    request->parked_previous = NULL;
    request->parked_next = space->parked;
    if (space->parked != NULL)
        space->parked->parked_previous = request;
    space->parked = request;
    spare = NULL;
}

static void parked_remove(struct request *request)
{
    if (request->parked_previous != NULL)
        request->parked_previous->parked_next = request->parked_next;
    else
        request->space->parked = request->parked_next;
    if (request->parked_next != NULL)
        request->parked_next->parked_previous = request->parked_previous;
}

void requests_cancel(struct address_space *space)
{
    for (struct request *request = space->parked; request != NULL; request = request->parked_next) {
        if (page_waiter_leave(&request->waiter))
            run_queue_add(&request->waiter, 0);
    }
}

uint64_t requests_parked(void)
{
    return request_slab.in_use - (spare != NULL);
}

static void request_resume(struct waiter *waiter, int32_t result)
{
    (void)result;
    /* The waiter is the request's first member. */
    request_run((struct request *)waiter);
}

void request_start(struct request *request, struct address_space *space)
{
    request->waiter.next = NULL;
    request->waiter.queue = NULL;
    request->waiter.resume = request_resume;
    request->waiter.result = 0;
    request->space = space;
    request->abandon = NULL;
    request->no_reply = false;
    request->progress = 0;
    space->requests++;
    if (TAG_KIND(request->message.tag) == MESSAGE_FAULT) {
        request->map_page = 0;
        return;
    }
    request->result = 0;
    request->value[0] = request->value[1] = 0;
    request->reply_words[0] = request->reply_words[1] = 0;
    request->reply_handles[0] = request->reply_handles[1] = 0;
    request->data = NULL;
    for (unsigned i = 0; i < 8; i++)
        request->scratch[i] = 0;
    request->page = NULL;
}

/* The request is over: its space may be waiting for that. */
void request_end(struct request *request)
{
    struct address_space *space = request->space;
    if (--space->requests == 0 && space->idle.first != NULL)
        wait_queue_wake(&space->idle, 0);
}

static void request_free(struct request *request)
{
    parked_remove(request);
    request_end(request);
    if (spare == NULL)
        spare = request;
    else if (request != spare)
        slab_free(&request_slab, request);
}

static void set_reply(struct message *message, uint32_t label, uint64_t word0, uint64_t word1,
                      uint64_t word2, uint64_t word3)
{
    message->tag = MAKE_TAG(label, MESSAGE_WORDS, 0);
    message->words[0] = word0;
    message->words[1] = word1;
    message->words[2] = word2;
    message->words[3] = word3;
}

void request_make_reply(struct request *request)
{
    struct message *message = &request->message;
    switch (TAG_KIND(message->tag)) {
    case MESSAGE_FAULT:
        if (request->map_page != 0)
            set_reply(message, FAULT_MAP, request->map_page, request->map_tables[0],
                      request->map_tables[1], request->map_tables[2]);
        else
            set_reply(message, request->map_batch != NULL ? FAULT_MAP_BATCH : FAULT_RETRY,
                      (uintptr_t)request->map_batch, 0, 0, 0);
        break;
    case MESSAGE_EXCEPTION:
        set_reply(message, EXCEPTION_RESUME, message->words[EXCEPTION_IP] + EXCEPTION_QUERY_BYTES,
                  request->value[0], 0, 0);
        break;
    default:
        set_reply(message, (uint32_t)request->result, request->value[0], request->value[1],
                  request->reply_words[0], request->reply_words[1]);
        if (request->reply_handles[0] != 0) {
            message->tag = MAKE_TAG(request->result, MESSAGE_WORDS, 0);
            message->words[4] = request->reply_handles[0];
            message->words[5] = request->reply_handles[1];
        }
    }
}

void request_reply_failed(struct request *request, int64_t status)
{
    struct address_space *space = request->space;
    /* ERROR_TOKEN: the caller was stopped meanwhile, which is no fault of its own. */
    if (status == ERROR_TOKEN || space == NULL || space->dying)
        return;
    console_message("a reply to process %u failed (%ld)", space->id, (long)status);
    process_die(space, DEATH_NO_MEMORY, request->scratch[0], 0);
}

bool request_step(struct request *request)
{
    if (!request->space->dying && !request->space->resetting) {
        if (request->step(request) == REQUEST_PARKED)
            return false;
    } else if (request->abandon != NULL) {
        request->abandon(request);
    }
    if (request->space->dying || request->space->resetting)
        request->no_reply = true;
    return true;
}

void request_run(struct request *request)
{
    if (!request_step(request))
        return;
    if (!request->no_reply) {
        request_make_reply(request);
        int64_t status = sys_reply(request->message.reply_token, &request->message);
        if (status != KERNEL_OK)
            request_reply_failed(request, status);
    }
    request_free(request);
}
