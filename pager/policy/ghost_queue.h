/*
 * A queue of ghosts without memory for them, as 2Q and S3-FIFO keep one. Its places are numbered;
 * a page that was evicted gets the next number, which travels as its cookie. A page that comes back
 * is still in the queue if fewer places than the queue is long were given out since. So the length
 * may change at any time, and a page that comes back leaves a place that nobody is in.
 *
 *      forgotten | place - length + 1 ... place |        place: given out last
 */
#pragma once

#include "policy.h"

struct ghost_queue {
    uint32_t place; /* given out last */
};

/* What the remove hook returns for a page that is to be remembered. */
static inline uint32_t ghost_queue_add(struct ghost_queue *queue)
{
    if (++queue->place == 0)
        queue->place = 1; /* no cookie is 0 */
    return queue->place;
}

static inline bool ghost_queue_has(const struct ghost_queue *queue, uint32_t cookie, size_t length)
{
    return cookie != 0 && queue->place - cookie < length;
}
