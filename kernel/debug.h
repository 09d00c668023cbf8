/*
 * Debug builds: SYS_DEBUG and the check of the frame-table invariant.
 */
#pragma once

#include "thread.h"

#ifdef QUIRE_DEBUG
void system_debug(struct thread *thread);
/*
 * Walks the page tables of all tasks and compares every count in the frame table with what it
 * finds. Returns the number of violations, each with a line on the console. Not bounded: it
 * reads all of memory's tables.
 */
unsigned frame_table_verify(void);
#endif
