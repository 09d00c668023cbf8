/*
 * Accessed bits. Private to policies and eviction.
 *
 * What is read through the window is a hint; a set bit is answered with "referenced" and its
 * clear is posted. Posted clears go to the kernel as one batch with one flush, because a
 * translation that stays cached never sets the bit again.
 *
 *      insert ---> PAGE_NEW, the bit tells of the insert only
 *         16 to 256 faults later, one batch: cleared ---> the bit tells of references
 *      looked() finds it set ---> PAGE_NEW until the posted clear is done
 */
#pragma once

#include "memory.h"

struct group;

/* The page was just inserted and will be mapped. */
void accessed_note_new(struct group *group, struct page *page);
/* Clears the bits of the group's new pages. Call it after the replies that map them. */
void accessed_clear_new(struct group *group);
/* The core's own look: tests and (posted) clears. */
bool accessed_look(struct page *page);
/* What a look would find now. */
bool accessed_peek(struct page *page);
/* At the end of each hook that may have looked. */
void accessed_post_clears(void);
/* How many faults later the bits are cleared: fewer in groups too small to wait that long. */
uint32_t accessed_threshold(uint64_t limit);
