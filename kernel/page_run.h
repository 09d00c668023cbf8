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
 * The same in a loop, of a run that has a table: where the entry is in it, in bytes, or
 * NOT_IN_RUN. A status that is not 0 already does not belong: so the loop need not write one.
 */
#define NOT_IN_RUN UINT64_MAX
static inline uint64_t page_run_offset(const struct page_run *run,
                                       const struct page_operation *operation)
{
    uint64_t task_and_status;
    __builtin_memcpy(&task_and_status, &operation->task, sizeof(task_and_status));
    uint64_t offset = operation->address ^ run->region;
    if ((offset & REGION_MASK) != 0 || task_and_status != run->handle)
        return NOT_IN_RUN;
    return offset >> (PAGE_SHIFT - 3);
}
_Static_assert(offsetof(struct page_operation, status) ==
                       offsetof(struct page_operation, task) + 4 &&
                   KERNEL_OK == 0,
               "page_run_offset() reads both at once");

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

/*
 * Neighbours mostly differ in nothing but these bits, which descriptors have in the same places.
 * So the difference between an entry and its descriptor is computed once for many.
 */
#define ENTRY_OWN (PAGE_FRAME_MASK | PAGE_ACCESSED | PAGE_DIRTY)

struct page_likeness {
    page_entry model;    /* an entry without ENTRY_OWN; 0: none, for no present entry is 0 */
    uint64_t difference; /* entry ^ difference: its descriptor */
};

static inline bool page_is_like(page_entry entry, const struct page_likeness *likeness)
{
    return (entry & ~ENTRY_OWN) == likeness->model;
}

/* The likeness of the operation's entry; `model` 0: it is not in the run, or not an ordinary one. */
static inline struct page_likeness page_likeness_of(const struct page_run *run,
                                                    const struct page_operation *operation)
{
    const page_entry *entry = page_run_entry(run, operation);
    struct page_likeness likeness = {0};
    if (entry != NULL && page_entry_present(*entry) && (*entry & ENTRY_KEY) == 0)
        likeness = (struct page_likeness){*entry & ~ENTRY_OWN, *entry ^ page_run_decode(*entry)};
    return likeness;
}

/*
 * For runs that have a table. Each returns the first operation that it did not do.
 *
 * The loops of two levels: outside, the likeness is made anew; inside there is so little that the
 * compiler keeps it in registers.
 */

/* False: the operation is another's business. `bits` are cleared. */
ALWAYS_INLINE bool page_run_protect_one(const struct page_run *run,
                                        const struct page_likeness *likeness, uint64_t bits,
                                        struct page_operation *operation)
{
    uint64_t offset = page_run_offset(run, operation);
    if (offset == NOT_IN_RUN || operation->page != bits)
        return false;
    page_entry *entry = (page_entry *)((char *)run->table + offset);
    page_entry old = __atomic_load_n(entry, __ATOMIC_RELAXED);
    /* The exchange fails when the processor has just set Accessed or Dirty. */
    if (!page_is_like(old, likeness) || !page_entry_compare_exchange(entry, &old, old & ~bits))
        return false;
    operation->page = old ^ likeness->difference;
    return true;
}

static NOINLINE struct page_operation *page_run_protect(const struct page_run *cursor,
                                                        struct page_operation *operation,
                                                        const struct page_operation *end)
{
    const struct page_run run = *cursor;
    const uint64_t bits = operation->page;
    if ((bits & ~(PAGE_WRITE | PAGE_ACCESSED | PAGE_DIRTY)) != 0)
        return operation;
    while (operation != end) {
        const struct page_likeness likeness = page_likeness_of(&run, operation);
        if (likeness.model == 0 || !page_run_protect_one(&run, &likeness, bits, operation))
            break;
        operation++;
        /* By twos: the end is looked for half as often. */
        for (const struct page_operation *last = end - 1; operation < last; operation += 2) {
            if (!page_run_protect_one(&run, &likeness, bits, operation))
                break;
            if (!page_run_protect_one(&run, &likeness, bits, operation + 1)) {
                operation++;
                break;
            }
        }
    }
    return operation;
}

static NOINLINE struct page_operation *page_run_unmap(const struct page_run *cursor,
                                                      struct page_operation *operation,
                                                      const struct page_operation *end)
{
    const struct page_run run = *cursor;
    while (operation != end) {
        const struct page_likeness likeness = page_likeness_of(&run, operation);
        if (likeness.model == 0 || operation->status != KERNEL_OK)
            break;
        while (operation != end) {
            uint64_t offset = page_run_offset(&run, operation);
            if (offset == NOT_IN_RUN)
                break;
            page_entry *entry = (page_entry *)((char *)run.table + offset);
            if (!page_is_like(*entry, &likeness))
                break;
            operation->page = page_remove_small(entry, run.table_frame) ^ likeness.difference;
            operation++;
        }
    }
    return operation;
}

/* New mappings of RAM into empty entries. */
static NOINLINE struct page_operation *page_run_map(const struct page_run *cursor,
                                                    struct page_operation *operation,
                                                    const struct page_operation *end)
{
    const struct page_run run = *cursor;
    const uint64_t ordinary =
        PAGE_FRAME_MASK | PAGE_PRESENT | PAGE_WRITE | PAGE_EXECUTE | PAGE_ACCESSED | PAGE_DIRTY;
    for (; operation != end; operation++) {
        uint64_t page = operation->page;
        uint64_t physical = page & PAGE_FRAME_MASK;
        uint64_t offset = page_run_offset(&run, operation);
        if (offset == NOT_IN_RUN)
            break;
        page_entry *entry = (page_entry *)((char *)run.table + offset);
        if (page_entry_present(*entry) || (page & ~ordinary) != 0 || !(page & PAGE_PRESENT) ||
            !frame_in_table(physical))
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
    }
    return operation;
}
