/*
 * Large pages, where a program asked for them (MADV_HUGEPAGE).
 *
 *      2 MiB of one anonymous region, aligned, never touched
 *          |
 *          | fault, a whole block is free, the group has room
 *          v                            part of it unmapped, evicted, written after fork, ...
 *      one large entry  ------------------------------------------------> 512 small entries
 *          |
 *          | all of it unmapped or protected: still one entry, or none
 *
 * To all of the pager but this file the 512 pages are ordinary ones: each has its descriptor, its
 * anonymous entry, its place in the policy and in the reverse map, and is evicted alone. Only the
 * hardware entry is one. So who reads page tables gets the small page's view of it (page_table.c),
 * and who changes one page's entry has the large one split first, which operation_batch_add() sees
 * to. Their Accessed and Dirty bits are one: any of them used is all of them used, and a split hands
 * the bits to each.
 *
 * Splitting must not need memory, because evicting begins with it. The frame for the table is taken
 * when the large page is made, and waits in the space's list of deposits.
 */
#include "large_page.h"
#include "frame_pool.h"
#include "kernel_interface.h"
#include "operation_batch.h"
#include <assert.h>

/* ---------------------------------------------------------------- deposits */

static void deposit(struct address_space *space, uint64_t table)
{
    struct page *page = page_of_physical(table);
    page->index = space->large_deposit;
    space->large_deposit = (uint32_t)page_frame(page);
}

static uint64_t withdraw(struct address_space *space)
{
    struct page *page = &PAGES[space->large_deposit];
    assert(space->large_deposit != 0 && page->state == PAGE_STATE_TABLE);
    space->large_deposit = page->index;
    return page_physical(page);
}

static void count_large(struct address_space *space, uint64_t change)
{
    space->large_pages += change;
    group_counters(space->group)->large_pages += change;
}

void large_page_made(struct address_space *space, uint64_t table)
{
    deposit(space, table);
    count_large(space, 1);
    group_counters(space->group)->faults_large++;
}

/* ---------------------------------------------------------------- and its end */

void large_page_settled(struct page *page)
{
    struct page *pages = &PAGES[page_frame(page) / BLOCK_FRAMES * BLOCK_FRAMES];
    for (uint32_t i = 0; i < BLOCK_FRAMES; i++)
        pages[i].flags &= (uint8_t)~PAGE_NEW;
}

/* The one Accessed bit goes to each small page: it must mean something for them. */
static void settle_accessed(const struct address_space *space, uint64_t start)
{
    struct page *pages = page_of_physical(page_table_entry(space, start) & PAGE_FRAME_MASK);
    bool is_new = false;
    for (uint32_t i = 0; i < BLOCK_FRAMES; i++)
        is_new |= (pages[i].flags & PAGE_NEW) != 0;
    if (!is_new)
        return;
    struct page_operation operation = {
        .address = start, .page = PAGE_ACCESSED, .task = space->task};
    int64_t status = kernel_protect(&operation, 1);
    assert(status == KERNEL_OK && operation.status == KERNEL_OK);
    large_page_settled(pages);
}

void large_page_split(struct address_space *space, uint64_t address)
{
    uint64_t start = large_page_start(address);
    struct page_operation operation = {.address = start, .page = PAGE_LARGE, .task = space->task};
    uint64_t table = withdraw(space);
    uint32_t count = 1;
    settle_accessed(space, start);
    int64_t status = kernel_map(&operation, 1, &table, &count);
    assert(status == KERNEL_OK && operation.status == KERNEL_OK && count == 0);
    count_large(space, (uint64_t)-1);
    group_counters(space->group)->large_splits++;
}

SLOW_PATH uint64_t large_page_prepare(struct address_space *space, uint64_t address, int batch_kind,
                                      uint64_t bits)
{
    if (!(page_table_entry(space, address) & PAGE_LARGE))
        return address;
    if (batch_kind == BATCH_PROTECT && bits == PAGE_ACCESSED)
        return large_page_start(address);
    large_page_split(space, address);
    return address;
}

void large_page_unmapped(struct address_space *space)
{
    page_table_reclaimed(withdraw(space));
    count_large(space, (uint64_t)-1);
}
