/*
 * Faults that make large pages, and faults inside of them. See large_page.c for what a large page is.
 *
 * A large page is mapped at once, outside the fault's reply, so that the pager's own accesses to a
 * program's memory (user_copy.c) make them too. It never costs an eviction: without a free block, or
 * room for all of it in the group, the fault gets one small page.
 */
#include "large_fault.h"
#include "frame_pool.h"
#include "kernel_interface.h"
#include "large_page.h"
#include "operation_batch.h"
#include <assert.h>
#include <string.h>

/* The 2 MiB at `start` are the region's, and no page of them was ever touched. */
static bool untouched(const struct region *region, uint64_t start)
{
    if (region->file != NULL || region->flags & REGION_LOCKED || start < region->start ||
        region->end - start < LARGE_PAGE_SIZE)
        return false;
    uint64_t first = region_index(region, start), last = first + BLOCK_FRAMES - 1;
    return region->anonymous == NULL ||
           radix_next(&region->anonymous->entries, &first, last) == NULL;
}

static struct anonymous *new_entries[BLOCK_FRAMES];

static bool make_entries(struct region *region, uint64_t first)
{
    if (!region_need_anonymous(region))
        return false;
    for (uint32_t i = 0; i < BLOCK_FRAMES; i++) {
        new_entries[i] = anonymous_add(region->anonymous, first + i, 0);
        if (new_entries[i] != NULL)
            continue;
        if (i != 0)
            anonymous_remove_range(region->anonymous, first, first + i - 1, POLICY_UNMAPPED);
        return false;
    }
    return true;
}

/* Frames for the tables above and for the deposit. */
static bool supply_tables(struct address_space *space, uint64_t start, uint64_t tables[3])
{
    return page_table_missing(space, start) != 0 && page_table_supply(space, start, tables);
}

static void return_tables(const uint64_t tables[3])
{
    for (unsigned i = 0; i < 3; i++)
        if (tables[i] != 0)
            page_table_reclaimed(tables[i]);
}

/* All that may fail. Returns the first of the frames, NULL: nothing changed. */
static struct page *prepare(struct fault *fault, uint64_t start, uint64_t tables[3])
{
    struct region *region = fault->region;
    uint64_t first = region_index(region, start);
    if (!page_block_available(fault->space->group) || !supply_tables(fault->space, start, tables))
        return NULL;
    if (make_entries(region, first)) {
        /* Last, because tables and entries take frames too. */
        struct page *pages = page_allocate_block(fault->space->group);
        if (pages != NULL)
            return pages;
        anonymous_remove_range(region->anonymous, first, first + BLOCK_FRAMES - 1, POLICY_UNMAPPED);
    }
    return_tables(tables);
    return NULL;
}

static void install(const struct fault *fault, uint64_t start, const struct page *pages,
                    const uint64_t tables[3])
{
    struct page_operation operation = {
        .address = start,
        .page = page_physical(pages) | PAGE_LARGE |
                (fault_descriptor(fault) & (PAGE_PRESENT | PAGE_WRITE | PAGE_EXECUTE)),
        .task = fault->space->task,
    };
    uint64_t spare[2];
    uint32_t count = 0;
    for (unsigned i = 1; i < 3; i++)
        if (tables[i] != 0)
            spare[count++] = tables[i];
    int64_t status = kernel_map(&operation, 1, spare, &count);
    assert(status == KERNEL_OK && operation.status == KERNEL_OK && count == 0);
}

bool large_fault_fill(struct fault *fault, const struct policy_insert_info *info)
{
    struct address_space *space = fault->space;
    uint64_t start = large_page_start(fault->address), tables[3];
    uint32_t touched = (uint32_t)((fault->address - start) >> PAGE_SHIFT);
    if (!untouched(fault->region, start))
        return false;
    struct page *pages = prepare(fault, start, tables);
    if (pages == NULL) {
        group_counters(space->group)->large_fallbacks++;
        return false;
    }
    memset(page_contents(pages), 0, LARGE_PAGE_SIZE);
    uint64_t first = region_index(fault->region, start);
    for (uint32_t i = 0; i < BLOCK_FRAMES; i++)
        anonymous_attach(new_entries[i], &pages[i], first + i);
    fault->anonymous = new_entries[touched];
    fault->page = &pages[touched];
    fault->writable = true;
    if (fault->write)
        fault->page->flags |= PAGE_IS_DIRTY;
    page_insert_block(pages, fault->page, info);
    for (uint32_t i = 0; i < BLOCK_FRAMES; i++)
        mapping_add_first(&pages[i], space, start + i * PAGE_SIZE);
    install(fault, start, pages, tables);
    large_page_made(space, tables[0]);
    return true;
}

SLOW_PATH bool large_fault_is_inside(const struct fault *fault)
{
    return page_table_entry(fault->space, fault->address & PAGE_MASK) & PAGE_LARGE;
}

SLOW_PATH bool large_fault_served(const struct fault *fault)
{
    uint64_t entry = page_table_entry(fault->space, fault->address & PAGE_MASK);
    uint64_t descriptor = fault_descriptor(fault);
    if ((entry & (descriptor | PAGE_FRAME_MASK)) == descriptor)
        return true;
    large_page_split(fault->space, fault->address);
    return false;
}
