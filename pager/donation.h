/*
 * Frames for the kernel. Private to frames; donation_take() and donation_return() are in
 * memory.h.
 *
 * A DONATION frame lies under no writable window, so that the kernel takes it. Those of the
 * read-only blocks set up at boot are enough for most machines' lives; more are made one by
 * one out of the pool, by splitting a block of the window (window.h).
 *
 *      pool --refill: window_hide--> DONATION <--take/return--> TABLE, OBJECT
 *       ^                               |
 *       +---------trim: window_show-----+
 */
#pragma once

#include "memory.h"

/* page->flags of DONATION, TABLE and OBJECT frames. */
#define DONATION_HIDDEN 1u /* not in the window: shown at the first look at the table */

extern struct page_list donation_free;
void donation_boot(void);

static inline uint64_t donation_available(void)
{
    return donation_free.length;
}

/* As donation_take(), but never refills: for what refilling itself needs. */
uint64_t donation_take_raw(enum page_state state);
void donation_refill(void);
/* Gives frames beyond a stock back to the pool when that is low. Bounded. */
void donation_trim(void);
