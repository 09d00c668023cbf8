/*
 * How many pages a policy can count on to stay. Papers have a full cache from which one page goes
 * at a time. The core also evicts ahead, several at a time, and when other groups need frames: what
 * it leaves, not the capacity, is the cache that kinds of pages share.
 *
 *      capacity  |############......|
 *                 left        want        and one page that comes: `kept`
 *
 * A policy of which one kind of pages goes first, and which measures the other kind in parts of the
 * capacity, needs this: where less is left than the other kind may have, there is nobody of the
 * first, the pages that it means to protect go in turn, and a loop finds none of them.
 */
#pragma once

#include "policy.h"

/* `kept` anew, when `want` victims of `resident` pages are asked for; in init and resize it is the
   capacity. Less is believed at once, more an eighth at a time: a single victim now and then, between
   batches, does not mean that the batches are over. */
static inline size_t kept_when_asked(const struct policy *policy, size_t kept, size_t resident,
                                     size_t want)
{
    size_t now = want < resident ? resident - want + 1 : 1;
    if (now > policy->capacity)
        now = policy->capacity;
    return now <= kept ? now : kept + (now - kept + 7) / 8;
}
