/*
 * The inner loops of page batches: runs of ordinary operations under one leaf table.
 *
 * A run ends at the first operation that is out of the ordinary in any way (another task or
 * table, an absent entry, a protection key, a device): page_batch.c does that one with all
 * its checks, and a new run begins behind it. So these loops need no error handling, and
 * they are where a pager's time in the kernel goes: a handful of instructions a page.
 */
#pragma once

#include "page_table.h"

/* What an address and a region of 2 MiB must agree in: all but the index of the entry. */
#define REGION_MASK (~((LARGE_PAGE_SIZE - 1) & PAGE_MASK))

#define ENTRY_USER 4ull
#define ENTRY_KEY (0xfull << 59)
#define ENTRY_NO_EXECUTE_SHIFT 61 /* from PAGE_EXECUTE to NX */

struct page_run {
    page_entry *table; /* NULL: no operation belongs to the run */
    struct frame *table_frame;
    uint64_t region;
    uint32_t handle; /* of the task */
};

/* The entry that the operation is about, or NULL when it does not belong to the run. */
static inline page_entry *page_run_entry(const struct page_run *run,
                                         const struct page_operation *operation)
{
    uint64_t offset = operation->address ^ run->region;
    if ((offset & REGION_MASK) != 0 || operation->task != run->handle || run->table == NULL)
        return NULL;
    return (page_entry *)((char *)run->table + (offset >> (PAGE_SHIFT - 3)));
}

/*
 * page_entry_decode() for the entry of a small page without a key: the hardware's user bit,
 * always set, is where the descriptor has PAGE_EXECUTE, and NX turns it off.
 */
static inline uint64_t page_run_decode(page_entry entry)
{
    const uint64_t same = PAGE_FRAME_MASK | PAGE_PRESENT | PAGE_WRITE | ENTRY_USER | PAGE_UNCACHED |
                          PAGE_ACCESSED | PAGE_DIRTY;
    return (entry & same) ^ (entry >> ENTRY_NO_EXECUTE_SHIFT & PAGE_EXECUTE);
}

/* Each returns the first operation that it did not do. */

static inline struct page_operation *page_run_protect(struct page_run run,
                                                      struct page_operation *operation,
                                                      const struct page_operation *end)
{
    if (operation == end)
        return operation;
    const uint64_t bits = operation->page;
    const page_entry clear = bits & (PAGE_WRITE | PAGE_ACCESSED | PAGE_DIRTY);
    const page_entry set = (bits & PAGE_EXECUTE) << ENTRY_NO_EXECUTE_SHIFT;
    if ((bits & ~(PAGE_WRITE | PAGE_EXECUTE | PAGE_ACCESSED | PAGE_DIRTY)) != 0)
        return operation;

    for (; operation != end && operation->page == bits; operation++) {
        page_entry *entry = page_run_entry(&run, operation);
        if (entry == NULL)
            break;
        page_entry old = __atomic_load_n(entry, __ATOMIC_RELAXED);
        if (!page_entry_present(old) || (old & ENTRY_KEY) != 0)
            break;
        while (!page_entry_compare_exchange(entry, &old, (old & ~clear) | set))
            continue; /* only Accessed and Dirty can have changed */
        operation->page = page_run_decode(old);
        operation->status = KERNEL_OK;
    }
    return operation;
}

static inline struct page_operation *page_run_unmap(struct page_run run,
                                                    struct page_operation *operation,
                                                    const struct page_operation *end)
{
    for (; operation != end; operation++) {
        page_entry *entry = page_run_entry(&run, operation);
        if (entry == NULL || !page_entry_present(*entry) || (*entry & ENTRY_KEY) != 0)
            break;
        operation->page = page_run_decode(page_remove_small(entry, run.table_frame));
        operation->status = KERNEL_OK;
    }
    return operation;
}

/* New mappings of RAM into empty entries. */
static inline struct page_operation *page_run_map(struct page_run run,
                                                  struct page_operation *operation,
                                                  const struct page_operation *end)
{
    const uint64_t ordinary =
        PAGE_FRAME_MASK | PAGE_PRESENT | PAGE_WRITE | PAGE_EXECUTE | PAGE_ACCESSED | PAGE_DIRTY;
    for (; operation != end; operation++) {
        uint64_t page = operation->page;
        uint64_t physical = page & PAGE_FRAME_MASK;
        page_entry *entry = page_run_entry(&run, operation);
        if (entry == NULL || page_entry_present(*entry) || (page & ~ordinary) != 0 ||
            !(page & PAGE_PRESENT) || !frame_in_table(physical))
            break;
        struct frame *frame = frame_at(physical);
        if ((frame->tag != FRAME_FREE && frame->tag != FRAME_USER) || frame->count == UINT32_MAX)
            break;
        frame->tag = FRAME_USER;
        frame->count++;
        page_entry_exchange(entry, (page & ~PAGE_EXECUTE) | ENTRY_USER |
                                       (~page & PAGE_EXECUTE) << ENTRY_NO_EXECUTE_SHIFT);
        run.table_frame->count++;
        operation->page = 0;
        operation->status = KERNEL_OK;
    }
    return operation;
}
