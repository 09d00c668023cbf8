/*
 * Inserts and references that the policy of a group has not been told of yet. See
 * policy_events.c; used by the policy core only.
 */
#pragma once

#include "page.h"

struct group;

/* Enough to make the guard's cost small, few enough that a delivery is no long pause. */
#define EVENTS_MAX 16

struct policy_event {
    struct page *page;
    uint64_t virtual_time; /* after the event */
    struct policy_insert_info info;
    uint8_t why; /* enum policy_insert_why or policy_channel */
    bool is_insert;
};

/* Tells the policy all that is noted, which is not nothing. */
void policy_events_deliver(struct group *group);
