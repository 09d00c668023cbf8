/*
 * The hardware mappings of a range, changed in batches.
 *
 * A walk reads the page tables through the pager's window, so it costs what is mapped there, however
 * wide the range is. What the kernel returns for each entry, its Accessed and Dirty bits, is the last
 * that will ever be known of this mapping's use of the page: it is kept in the page here.
 */
#include "large_page.h"
#include "region.h"
#include <assert.h>

/* The page behind an entry, NULL when nobody counts its mappings: wired memory. */
static struct page *counted_page(uint64_t entry)
{
    struct page *page = page_of_physical(entry & PAGE_FRAME_MASK);
    return page->state == PAGE_STATE_RESIDENT ? page : NULL;
}

static inline __attribute__((always_inline)) void keep_dirty(struct page *page, uint64_t old_entry)
{
    if (!(old_entry & PAGE_DIRTY))
        return;
    if (page->flags & PAGE_IS_FILE)
        file_page_dirty(page);
    else
        page->flags |= PAGE_IS_DIRTY;
}

static void unlock_page(struct address_space *space, uint64_t address, struct page *page)
{
    const struct region *region = region_find(space, address);
    if (region != NULL && region->flags & REGION_LOCKED) {
        space->locked_pages--;
        page_unpin(page);
    }
}

/* For each page of what ends: worth its copies. */
static inline __attribute__((always_inline)) void
page_unmapped(struct address_space *space, uint64_t address, struct page *page, uint64_t old_entry)
{
    keep_dirty(page, old_entry);
    mapping_remove(page, space, address);
    /* A file page outlives its mapping: that it was used is worth telling. */
    if (old_entry & PAGE_ACCESSED && page->flags & PAGE_IS_FILE && !(page->flags & PAGE_NEW))
        page_reference(page, POLICY_SCAN);
    if (space->locked_pages != 0)
        unlock_page(space, address, page);
}

static SLOW_PATH void all_unmapped(struct address_space *space, uint64_t start, uint64_t old_entry)
{
    struct page *pages = page_of_physical(old_entry & PAGE_FRAME_MASK);
    for (uint64_t i = 0; i < BLOCK_FRAMES; i++)
        page_unmapped(space, start + i * PAGE_SIZE, &pages[i], old_entry);
    large_page_unmapped(space);
}

static void unmapped(const struct page_operation *operation, struct page *page, void *context)
{
    struct address_space *space = context;
    bool done = operation->status == KERNEL_OK;
    if (page != NULL)
        page_unmapped(space, operation->address, page, done ? operation->page : 0);
    else if (done && operation->page & PAGE_LARGE)
        all_unmapped(space, operation->address, operation->page);
}

/* The operation for the entry of the page at `at` in a large one: for all of that if it ends before `end`.
   Returns the last page that the operation reaches. */
static SLOW_PATH uint64_t add_in_large(struct operation_batch *batch, struct address_space *space,
                                       uint64_t at, uint64_t end, uint64_t entry, uint64_t bits)
{
    if (at % LARGE_PAGE_SIZE == 0 && end - at >= LARGE_PAGE_SIZE) {
        operation_batch_add_large(batch, space, at, bits);
        return at + LARGE_PAGE_SIZE - PAGE_SIZE;
    }
    operation_batch_add(batch, space, at, bits, counted_page(entry));
    return at;
}

void region_pages_unmap(struct address_space *space, uint64_t start, uint64_t end)
{
    struct operation_batch *batch = operation_batch_begin(BATCH_UNMAP);
    uint64_t entry;

    batch->done = unmapped;
    batch->context = space;
    /* Only where a region is can pages be: the gaps between may be hundreds of gigabytes. */
    for (struct region *region = region_tree_first_after(&space->regions, start);
         region != NULL && region->start < end; region = region->end < end ? region->next : NULL) {
        uint64_t at = region->start > start ? region->start : start;
        uint64_t last = region->end < end ? region->end : end;
        for (; (entry = page_table_next(space, &at, last)) != 0; at += PAGE_SIZE) {
            if (entry & PAGE_LARGE)
                at = add_in_large(batch, space, at, last, entry, 0);
            else
                operation_batch_add(batch, space, at, 0, counted_page(entry));
        }
    }
    operation_batch_submit(batch);
}

void region_page_unmap(struct address_space *space, uint64_t address)
{
    region_pages_unmap(space, address & PAGE_MASK, (address & PAGE_MASK) + PAGE_SIZE);
}

static SLOW_PATH void all_restricted(uint64_t old_entry)
{
    struct page *pages = page_of_physical(old_entry & PAGE_FRAME_MASK);
    for (uint64_t i = 0; i < BLOCK_FRAMES; i++)
        keep_dirty(&pages[i], old_entry);
}

static void restricted(const struct page_operation *operation, struct page *page, void *context)
{
    (void)context;
    if (operation->status != KERNEL_OK)
        return;
    if (page != NULL)
        keep_dirty(page, operation->page);
    else if (operation->page & PAGE_LARGE)
        all_restricted(operation->page);
}

void region_pages_restrict(struct address_space *space, uint64_t start, uint64_t end,
                           uint64_t rights)
{
    struct operation_batch *batch = operation_batch_begin(BATCH_PROTECT);
    uint64_t entry, clear = rights & PAGE_WRITE ? rights | PAGE_DIRTY : rights;

    /* Dirty goes with the right to write: an entry that is replaced by copy-on-write must not be the
       only one to know that the page was written. */
    batch->done = restricted;
    batch->context = NULL;
    for (uint64_t at = start; (entry = page_table_next(space, &at, end)) != 0; at += PAGE_SIZE) {
        if (!(entry & rights))
            continue;
        if (entry & PAGE_LARGE)
            at = add_in_large(batch, space, at, end, entry, clear);
        else
            operation_batch_add(batch, space, at, clear, counted_page(entry));
    }
    operation_batch_submit(batch);
}

static void mapped(const struct page_operation *operation, struct page *page, void *context)
{
    (void)page;
    *(int32_t *)context = operation->status;
}

bool region_page_map(struct address_space *space, uint64_t address, uint64_t descriptor,
                     struct page *page)
{
    struct operation_batch *batch = operation_batch_begin(BATCH_MAP);
    int32_t status = ERROR_NO_TABLE;

    batch->done = mapped;
    batch->context = &status;
    operation_batch_add(batch, space, address, descriptor, page);
    operation_batch_submit(batch);
    return status == KERNEL_OK;
}
