/*
 * The writer of dirty file pages, as the background and eviction see it.
 */
#pragma once

#include "memory.h"

/* Starts what jobs still have to write; after a write ended. */
void writeback_pump(void);
/* Old or too many dirty pages are written. */
void writeback_tick(void);
/* Dirty pages of all files. O(files). */
uint64_t writeback_dirty_pages(void);
