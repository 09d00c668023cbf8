/*
 * A paging group: a set of address spaces with a budget of frames and a policy of its own.
 * Private to groups, policies and eviction; others use memory.h.
 *
 * Charged to a group: every READING, RESIDENT and DRAINING page that was allocated for it.
 *
 *      0 ........ evict_to ... evict_above ... limit
 *                     ^             ^             ^ a fault that would exceed it evicts first
 *                     |             background eviction starts here
 *                     and ends here
 */
#pragma once

#include "memory.h"
#include "policy_core.h"
#include "policy_events.h"

#define NEW_PAGES_MAX 256

struct group {
    struct group_statistics counters; /* resident, limit and minimum are kept here */
    uint16_t id;
    bool background; /* above evict_above: background_work() looks at it */
    uint64_t evict_above, evict_to;
    uint64_t eviction_clock;
    uint32_t leaving; /* pages being cleaned that go at completion */
    uint32_t reading; /* READING pages */
    uint32_t waiting; /* waiters in frame_waiters */
    struct wait_queue frame_waiters;
    struct policy policy;
    uint64_t in_policy, inserts, looks; /* pages it has; inserts but adoptions; looks it took */
    uint32_t event_count;
    struct policy_event events[EVENTS_MAX];
    uint64_t clock_hand; /* frame where the core's own order goes on */
    uint64_t next_tick;  /* virtual time of the policy's next tick */
    /* Pages whose Accessed bit is still that of their insert (accessed.c). */
    uint32_t new_count, new_threshold;
    uint32_t new_pages[NEW_PAGES_MAX]; /* frame numbers */
    struct group *next;                /* all groups, the root group first */
};

extern struct group *root_group;

/* Two levels of pointers, so that any number of groups costs O(1) to find. */
#define GROUP_DIRECTORY_SLOTS 128
#define GROUPS_A_FRAME 512
extern struct group **group_directory[GROUP_DIRECTORY_SLOTS];

static inline struct group *group_of(const struct page *page)
{
    return group_directory[page->group / GROUPS_A_FRAME][page->group % GROUPS_A_FRAME];
}

void group_boot(void);

/* The next RESIDENT, READING or DRAINING page charged to the group at or above `frame`; NULL: none. */
struct page *group_next_page(const struct group *group, uint64_t frame);
