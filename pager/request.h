/*
 * A request: one fault or one call of a program (or init), from its message to its reply.
 *
 *      message --> step() --REQUEST_DONE--> reply
 *                   ^  |
 *          resume   |  +--REQUEST_PARKED--> (a wait queue) --+
 *                   +----------------------------------------+
 *
 * The death of its space takes a request out of its wait queue (requests_cancel): a read goes on
 * without it.
 *
 * step() runs from the start each time, with what it left in `progress` and `data`; it must
 * therefore commit nothing that it could not find again. While a request lives its address
 * space does too: destroying a space waits for space->requests to reach zero, and a request
 * of a dying space that is resumed ends without a reply.
 *
 * The event loop keeps one spare request, so that a fault which ends at once allocates nothing.
 */
#pragma once

#include "wait.h"
#include <quire/system_call.h> /* struct message */

enum request_status { REQUEST_DONE, REQUEST_PARKED };

struct address_space;
struct page;

struct request {
    struct waiter waiter;
    struct address_space *space;                   /* the caller; NULL only during boot */
    struct request *parked_next, *parked_previous; /* of the space; while it is not the spare */
    struct message message;                        /* as received: badge, tag, words, reply token */
    enum request_status (*step)(struct request *request);
    void (*abandon)(
        struct request *request); /* frees what `data` holds when the space dies; may be NULL */
    /* The reply, valid at REQUEST_DONE. */
    int32_t result;
    uint64_t value[2];         /* words 0 and 1 */
    uint64_t reply_words[2];   /* words 2 and 3 */
    uint32_t reply_handles[2]; /* 0: none; the caller's own, told in words 4 and 5 */
    bool no_reply;             /* the caller is dead or was resumed by other means */
    /* Progress of multi-step calls. */
    uint64_t progress;
    void *data;
    uint64_t scratch[8];
    struct page *page; /* for a fault: mapping to install, with the reply */
    uint64_t map_page; /* page descriptor for FAULT_MAP, 0: FAULT_MAP_BATCH with map_batch */
    const struct page_batch *map_batch; /* NULL: FAULT_RETRY */
    uint64_t map_tables[3];
};

/* Runs step and, when done, replies and frees. Also the `resume` of every request. */
void request_run(struct request *request);
