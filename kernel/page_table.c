/*
 * Page tables. See page_table.h.
 */
#include "page_table.h"

#define DESCRIPTOR_BITS                                                                      \
    (PAGE_PRESENT | PAGE_WRITE | PAGE_EXECUTE | PAGE_UNCACHED | PAGE_ACCESSED | PAGE_DIRTY | \
     PAGE_FRAME_MASK)
#define DESCRIPTOR_KEY (0xfull << PAGE_KEY_SHIFT)

int page_table_link(const struct leaf *leaf, uint64_t frame)
{
    int error = frame_check_donation(frame);
    if (error != KERNEL_OK)
        return error;
    frame_donate(frame, FRAME_PAGE_TABLE, 0);
    page_entry_exchange(leaf->entry, page_entry_table(frame));
    leaf->table_frame->count++;
    return KERNEL_OK;
}

static bool descriptor_valid(uint64_t descriptor, uint64_t allowed)
{
    if (machine_features.protection_keys)
        allowed |= DESCRIPTOR_KEY;
    return (descriptor & PAGE_PRESENT) && !(descriptor & ~allowed);
}

/* Once in the image, with frame_check_map() in it: faults pass here. */
NOINLINE int page_encode_checked(uint64_t descriptor, page_entry *entry)
{
    page_entry extra_bits;
    if (!descriptor_valid(descriptor, DESCRIPTOR_BITS))
        return ERROR_ARGUMENT;
    int error =
        frame_check_map(descriptor & PAGE_FRAME_MASK, (descriptor & PAGE_WRITE) != 0, &extra_bits);
    *entry = page_entry_encode(descriptor) | extra_bits;
    return error;
}

int page_encode_large_checked(uint64_t descriptor, page_entry *entry)
{
    uint64_t block = descriptor & PAGE_FRAME_MASK;
    if (!descriptor_valid(descriptor, DESCRIPTOR_BITS | PAGE_LARGE) ||
        (block & (LARGE_PAGE_SIZE - 1)))
        return ERROR_ARGUMENT;
    int error = frame_check_window(block, (descriptor & PAGE_WRITE) != 0);
    /* Outside RAM there are devices: never cached. */
    *entry = page_entry_encode(descriptor | (frame_in_table(block) ? 0 : PAGE_UNCACHED));
    return error;
}

static void count_map(const struct leaf *leaf, page_entry entry)
{
    if (leaf->level == 0)
        frame_count_map(page_entry_frame(entry), entry);
    else
        frame_count_window(page_entry_frame(entry), page_entry_writable(entry));
}

static void count_unmap(const struct leaf *leaf, page_entry entry)
{
    if (leaf->level == 0)
        frame_count_unmap(entry);
    else
        frame_uncount_window(page_entry_frame(entry), page_entry_writable(entry));
}

page_entry page_install(const struct leaf *leaf, page_entry entry)
{
    count_map(leaf, entry);
    page_entry old = page_entry_exchange(leaf->entry, entry);
    if (page_entry_present(old))
        count_unmap(leaf, old);
    else
        leaf->table_frame->count++;
    return old;
}

page_entry page_change_rights(const struct leaf *leaf, page_entry entry)
{
    const page_entry history = page_entry_encode(PAGE_ACCESSED | PAGE_DIRTY | PAGE_EXECUTE) &
                               ~page_entry_encode(PAGE_EXECUTE);
    page_entry old = __atomic_load_n(leaf->entry, __ATOMIC_RELAXED);
    count_map(leaf, entry);
    while (!page_entry_compare_exchange(leaf->entry, &old, entry | (old & history)))
        continue;
    count_unmap(leaf, old);
    return old;
}

page_entry page_remove_large(const struct leaf *leaf)
{
    page_entry old = page_entry_exchange(leaf->entry, 0);
    leaf->table_frame->count--;
    count_unmap(leaf, old);
    return old;
}

/* What the small page number `index` gets of the large page that `large` maps. */
static int encode_small(page_entry large, unsigned index, page_entry *small)
{
    return page_encode_checked(page_entry_decode(page_entry_small(large, index)), small);
}

int page_table_split(struct task *task, uint64_t address, const struct leaf *leaf, uint64_t frame,
                     page_entry *old)
{
    page_entry small;
    int error = frame_check_donation(frame);
    /* Where the large page is read-only, the donation does not fail for that: a table of itself. */
    if (error == KERNEL_OK && (frame & ~(LARGE_PAGE_SIZE - 1)) == page_entry_frame(*leaf->entry))
        error = ERROR_FRAME;
    for (unsigned i = 0; i < PAGE_TABLE_ENTRIES && error == KERNEL_OK; i++)
        error = encode_small(*leaf->entry, i, &small);
    if (error != KERNEL_OK)
        return error;

    page_entry *table = frame_donate(frame, FRAME_PAGE_TABLE, 0);
    /* Break before make (Intel SDM 3A, 4.10.2.3): no processor has both sizes at once, and none
       sets a bit in an entry that is gone. */
    *old = page_entry_exchange(leaf->entry, 0);
    machine_flush_page(&task->space, address);
    for (unsigned i = 0; i < PAGE_TABLE_ENTRIES; i++) {
        encode_small(*old, i, &small);
        table[i] = small;
        frame_count_map(page_entry_frame(small), small);
    }
    frame_at(frame)->count = PAGE_TABLE_ENTRIES;
    frame_uncount_window(page_entry_frame(*old), page_entry_writable(*old));
    page_entry_exchange(leaf->entry, page_entry_table(frame));
    return KERNEL_OK;
}

unsigned page_table_unlink_empty(struct task *task, uint64_t address, uint64_t frames[3])
{
    unsigned unlinked = 0;
    for (unsigned level = 0; level < PAGE_TABLE_LEVELS - 1; level++) {
        struct leaf above;
        if (page_table_walk(task, address, level + 1, &above) != KERNEL_OK ||
            !page_entry_present(*above.entry) || page_entry_large(*above.entry))
            continue;
        uint64_t table = page_entry_frame(*above.entry);
        if (frame_at(table)->count != 0)
            break;
        page_entry_exchange(above.entry, 0);
        above.table_frame->count--;
        frame_give_back(table);
        frames[unlinked++] = table;
    }
    return unlinked;
}

static void empty_leaf_table(const struct leaf *first)
{
    for (unsigned i = 0; i < PAGE_TABLE_ENTRIES && first->table_frame->count != 0; i++) {
        if (page_entry_present(first->entry[i]))
            page_remove_small(&first->entry[i], first->table_frame);
    }
}

/* The address of the first entry behind `leaf` in its table that is present, or of what comes
   after that table. */
static uint64_t next_present(const struct leaf *leaf, uint64_t address)
{
    unsigned shift = PAGE_SHIFT + 9 * leaf->level;
    unsigned index = page_table_index(address, leaf->level), skipped = 1;
    while (index + skipped < PAGE_TABLE_ENTRIES && !page_entry_present(leaf->entry[skipped]))
        skipped++;
    return ((address >> shift) + skipped) << shift;
}

bool page_table_destroy_step(struct task *task)
{
    uint64_t address = task->unmap_cursor;
    uint64_t frames[3];
    struct leaf leaf;
    if (address >= USER_ADDRESS_LIMIT)
        return false;

    /* The cursor is a multiple of 2 MiB: the walk finds entry 0 of a leaf table. */
    int found = page_table_walk(task, address, 0, &leaf);
    if (found == KERNEL_OK) {
        empty_leaf_table(&leaf);
        task->unmap_cursor = address + LARGE_PAGE_SIZE;
    } else {
        if (found == ERROR_OCCUPIED)
            page_remove_large(&leaf);
        task->unmap_cursor = next_present(&leaf, address);
    }
    if (leaf.table_frame->count == 0)
        page_table_unlink_empty(task, address, frames);
    return true;
}
