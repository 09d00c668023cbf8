/*
 * Large pages of programs: 2 MiB of anonymous memory behind one hardware entry. See large_page.c.
 * Private to frames, regions and faults.
 */
#pragma once

#include "address_space.h"
#include "frame_pool.h"

static inline uint64_t large_page_start(uint64_t address)
{
    return address & ~(LARGE_PAGE_SIZE - 1);
}

/* The caller mapped one. `table`: a table frame of the space, kept for splitting it. */
void large_page_made(struct address_space *space, uint64_t table);
/* A large page is at the address: 512 small ones with its bits are there now. Cannot fail. */
void large_page_split(struct address_space *space, uint64_t address);
/* A large page was unmapped as a whole: gives back what was kept for splitting it. */
void large_page_unmapped(struct address_space *space);
/*
 * Before an operation of that kind on one page in a space with large pages: splits a large page that
 * is in the way. Returns the address for the operation.
 */
uint64_t large_page_prepare(struct address_space *space, uint64_t address, int batch_kind,
                            uint64_t bits);
/* The Accessed bit of the large page that the page is in means something from now on. */
void large_page_settled(struct page *page);
