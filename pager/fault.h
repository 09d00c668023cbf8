/*
 * Making a page of an address space accessible: for page faults, and for the pager's own accesses to
 * a program's memory (user_copy.c).
 *
 *   FIND_REGION --none--> GROW_STACK --no--> BAD
 *       |                     |
 *   CHECK_ACCESS --refused--> BAD         WIRED --> READY
 *       |
 *   FIND_PAGE --entry--> ANONYMOUS_PAGE --resident--> READY, or COPY when shared and written
 *       |                     |--swapped--> SWAP_IN --> PARKED (read begun)
 *       |                     \--zeros----> ZERO_FILL --> READY
 *       |--below file_end--> FILE_PAGE --> READY (AROUND), COPY (private write), or PARKED (read begun)
 *       \--else--> ZERO_FILL, of 2 MiB where the region asks for that (large_fault.c)
 *
 * PARKED: the waiter is queued; the whole machine starts again at its top when it is resumed, since
 * anything may have changed. READY: page is resident and belongs at the address; it may be evicted
 * as soon as something else runs, so that whoever needs it longer pins it.
 */
#pragma once

#include "region.h"

/* How the machine ends; the states on the way are functions (fault_states.c). AROUND: as READY, of a program's
   fault; the page's neighbours may be mapped too. */
enum fault_state { FAULT_READY, FAULT_READY_AROUND, FAULT_PARKED, FAULT_BAD };

struct fault {
    struct waiter *waiter;
    struct address_space *space;
    uint64_t address;       /* as accessed */
    uint64_t stack_pointer; /* 0: the stack may not grow */
    bool write, execute;
    bool counted; /* this is a program's fault: counts in the group's statistics */
    bool resumed; /* parked before: the page that it finds was brought in for it */

    /* Found on the way. */
    struct region *region;
    struct anonymous *anonymous;
    uint64_t index;      /* in the region's anonymous map */
    struct page *source; /* COPY: what is copied, pinned */

    /* The outcome. */
    struct page *page;
    bool writable; /* may be mapped writable now */
    enum death_reason reason;
};

enum fault_state fault_run(struct fault *fault);
/* The page descriptor for the fault's page. */
uint64_t fault_descriptor(const struct fault *fault);
/*
 * Puts the page into the reverse map for the address, in place of a page mapped there before, and keeps
 * the pins of a locked region. The caller installs fault_descriptor() next. False: no memory.
 */
bool fault_account_mapping(struct fault *fault);
/* Also installs it, outside a fault's reply. */
bool fault_map_now(struct fault *fault);

/* ---- read_ahead.c */

/* The read of the fault's page from swap has begun: begins those of pages behind it, as the group says. */
void read_ahead_swap(struct fault *fault);
/* The fault's page was read ahead and is used now: begins to read what comes after its window. */
void read_ahead_used(struct fault *fault);

/* ---- fault_around.c */

/* Accounts for the page's mapping and for those of its neighbours, and makes the reply that installs them.
   False: no memory. */
bool fault_around(struct fault *fault, struct request *request);
