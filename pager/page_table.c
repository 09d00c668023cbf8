/*
 * The hardware page tables of programs, as the pager sees them: read through the window, which
 * shows table frames read-only, and supplied with frames for what is missing.
 *
 * Every table frame of a space is in its list (linked through the frames' descriptors), so that
 * the pager knows what comes back when the kernel has destroyed the task.
 */
#include "address_space.h"
#include "donation.h"
#include "frame_pool.h"
#include "operation_batch.h"
#include "window.h"

#include <assert.h>

/* x86-64 (Intel SDM volume 3, 4.5): only what abi.h does not define the same. */
#define ENTRY_PRESENT 1ull
#define ENTRY_LARGE (1ull << 7)
#define ENTRY_NO_EXECUTE (1ull << 63)
#define ENTRY_SAME_BITS (PAGE_FRAME_MASK | PAGE_PRESENT | PAGE_WRITE | PAGE_ACCESSED | PAGE_DIRTY)
#define LEVELS 4

/* The leaf table of the last walk that found one: neighbouring faults skip the walk. */
static struct {
    const struct address_space *space;
    uint64_t region; /* address >> 21 */
    const uint64_t *leaf;
} last_walk;

/* The entry of the large page at which the last walk ended, 0: at no large page. */
static uint64_t large_entry;

static const uint64_t *table_at(uint64_t physical)
{
    struct page *page = page_of_physical(physical);
    if (page->flags & DONATION_HIDDEN) {
        window_show_table(page);
        page->flags &= (uint8_t)~DONATION_HIDDEN;
    }
    return window(physical);
}

static unsigned slot_of(uint64_t address, unsigned level)
{
    return (unsigned)(address >> (PAGE_SHIFT + 9 * level)) & 511;
}

static uint64_t read_entry(const uint64_t *entry)
{
    return __atomic_load_n(entry, __ATOMIC_RELAXED);
}

/* The leaf table for the address; NULL: *missing_level is the level of the lowest table that is there,
   less one (2: even the directory pointers are missing). */
static SLOW_PATH const uint64_t *walk_down(const struct address_space *space, uint64_t address,
                                           unsigned *missing_level)
{
    const uint64_t *table = table_at(space->root_table);
    for (unsigned level = LEVELS - 1; level > 0; level--) {
        uint64_t entry = read_entry(&table[slot_of(address, level)]);
        if (!(entry & ENTRY_PRESENT) || (entry & ENTRY_LARGE)) {
            *missing_level = level - 1;
            large_entry = entry & ENTRY_PRESENT ? entry : 0;
            return NULL;
        }
        table = table_at(entry & PAGE_FRAME_MASK);
    }
    last_walk.space = space;
    last_walk.region = address >> LARGE_PAGE_SHIFT;
    last_walk.leaf = table;
    return table;
}

/* Three times in each fault: worth its copies. */
static inline __attribute__((always_inline)) const uint64_t *
walk(const struct address_space *space, uint64_t address, unsigned *missing_level)
{
    if (last_walk.space == space && last_walk.region == address >> LARGE_PAGE_SHIFT)
        return last_walk.leaf;
    return walk_down(space, address, missing_level);
}

static uint64_t descriptor_of(uint64_t entry)
{
    if (!(entry & ENTRY_PRESENT))
        return 0;
    return (entry & ENTRY_SAME_BITS) | (entry & ENTRY_NO_EXECUTE ? 0 : PAGE_EXECUTE);
}

/* Of the small page in the large page at which the last walk ended. */
static SLOW_PATH uint64_t descriptor_in_large(uint64_t address)
{
    if (large_entry == 0)
        return 0;
    return PAGE_LARGE |
           (descriptor_of(large_entry) + (address & (LARGE_PAGE_SIZE - 1) & PAGE_MASK));
}

uint64_t page_table_entry(const struct address_space *space, uint64_t address)
{
    unsigned level;
    const uint64_t *leaf = walk(space, address, &level);
    return leaf != NULL ? descriptor_of(read_entry(&leaf[slot_of(address, 0)]))
                        : descriptor_in_large(address);
}

/* The first of the leaf's entries in [slot, limit) that is present, or limit. */
static unsigned next_present(const uint64_t *leaf, unsigned slot, unsigned limit)
{
    while (slot < limit && !(read_entry(&leaf[slot]) & ENTRY_PRESENT))
        slot++;
    return slot;
}

uint64_t page_table_next(const struct address_space *space, uint64_t *address, uint64_t end)
{
    uint64_t at = *address;
    if (last_walk.space == space && last_walk.region == at >> LARGE_PAGE_SHIFT && at < end) {
        uint64_t entry = read_entry(&last_walk.leaf[slot_of(at, 0)]);
        if (entry & ENTRY_PRESENT)
            return descriptor_of(entry);
    }
    while (at < end) {
        unsigned level = 0;
        const uint64_t *leaf = walk(space, at, &level);
        uint64_t next = ((at >> (PAGE_SHIFT + 9 * (level + 1))) + 1)
                        << (PAGE_SHIFT + 9 * (level + 1));
        if (leaf != NULL) {
            uint64_t last = next < end ? next : end;
            unsigned slot = slot_of(at, 0), limit = slot + (unsigned)((last - at) >> PAGE_SHIFT);
            unsigned found = next_present(leaf, slot, limit);
            if (found < limit) {
                *address = at + ((uint64_t)(found - slot) << PAGE_SHIFT);
                return descriptor_of(read_entry(&leaf[found]));
            }
        } else if (large_entry != 0) {
            *address = at;
            return descriptor_in_large(at);
        }
        at = next;
    }
    *address = end;
    return 0;
}

uint32_t page_table_missing(const struct address_space *space, uint64_t address)
{
    unsigned level = 0;
    return walk(space, address, &level) != NULL ? 0 : level + 1;
}

/* ---------------------------------------------------------------- frames for tables */

void page_table_attach(struct address_space *space, uint64_t physical)
{
    struct page *page = page_of_physical(physical);
    page->owner.space = space;
    page_list_push_front(&space->tables, page);
}

static SLOW_PATH bool supply(struct address_space *space, uint32_t missing, uint64_t tables[3])
{
    if (large_entry != 0)
        return false;
    for (uint32_t i = 0; i < missing; i++) {
        tables[i] = donation_take(PAGE_STATE_TABLE);
        if (tables[i] == 0) {
            while (i-- > 0)
                donation_return(tables[i]);
            return false;
        }
    }
    for (uint32_t i = 0; i < missing; i++)
        page_table_attach(space, tables[i]);
    return true;
}

/* In every fault. */
__attribute__((always_inline)) bool page_table_supply(struct address_space *space, uint64_t address,
                                                      uint64_t tables[3])
{
    uint32_t missing = page_table_missing(space, address);
    tables[0] = tables[1] = tables[2] = 0;
    return missing == 0 || supply(space, missing, tables);
}

void page_table_reclaimed(uint64_t physical)
{
    struct page *page = page_of_physical(physical);
    last_walk.space = NULL;
    assert(page->state == PAGE_STATE_TABLE && page->owner.space != NULL);
    page_list_remove(&page->owner.space->tables, page);
    donation_return(physical);
}

void page_tables_release(struct address_space *space)
{
    last_walk.space = NULL;
    for (struct page *page; (page = page_list_pop(&space->tables)) != NULL;)
        donation_return(page_physical(page));
}
