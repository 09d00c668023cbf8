/*
 * Walking and changing page tables. Every entry that is made, changed or taken away for user
 * space passes through these functions, which keep the frame table's counts:
 *
 *      table frame count      its present entries
 *      mapped frame count     leaf entries that map it, without ENTRY_UNCOUNTED
 *      block's windows        writable large entries
 *
 * Flushing is the caller's business: it knows how much changed.
 */
#pragma once

#include "task.h"

/* Where a walk ended. */
struct leaf {
    page_entry *entry;
    struct frame *table_frame; /* of the table that holds the entry */
    unsigned level;            /* of that table: 0 small pages, 1 large pages */
};

/*
 * Walks down to the entry of `address` in its table of `stop_level`. KERNEL_OK; or
 * ERROR_NO_TABLE with *leaf at the entry that leads nowhere; or ERROR_OCCUPIED with *leaf at a
 * large page above stop_level.
 */
static inline int page_table_walk(const struct task *task, uint64_t address, unsigned stop_level,
                                  struct leaf *leaf)
{
    uint64_t table = task->space.root;
    unsigned level = PAGE_TABLE_LEVELS - 1;
    for (;;) {
        page_entry *entry =
            (page_entry *)physical_to_virtual(table) + page_table_index(address, level);
        if (level == stop_level || !page_entry_present(*entry) || page_entry_large(*entry)) {
            *leaf = (struct leaf){entry, frame_at(table), level};
            break;
        }
        table = page_entry_frame(*entry);
        level--;
    }
    if (leaf->level == stop_level)
        return KERNEL_OK;
    return page_entry_present(*leaf->entry) ? ERROR_OCCUPIED : ERROR_NO_TABLE;
}

/* After ERROR_NO_TABLE: makes `frame` the missing table. KERNEL_OK or a donation's error. */
int page_table_link(const struct leaf *leaf, uint64_t frame);

/*
 * Checks a descriptor of a small page and encodes it: ERROR_ARGUMENT or what
 * frame_check_map() finds.
 */
int page_encode_checked(uint64_t descriptor, page_entry *entry);
int page_encode_large_checked(uint64_t descriptor, page_entry *entry);

/* Puts a checked entry in place of whatever the leaf holds, which is returned. */
page_entry page_install(const struct leaf *leaf, page_entry entry);
/* The leaf maps the same frame: changes the rights, keeps Accessed and Dirty. */
page_entry page_change_rights(const struct leaf *leaf, page_entry entry);

/* Empties an entry that is present; returns what it held. */
static inline page_entry page_remove_small(page_entry *entry, struct frame *table_frame)
{
    page_entry old = page_entry_exchange(entry, 0);
    table_frame->count--;
    frame_count_unmap(old);
    return old;
}
page_entry page_remove_large(const struct leaf *leaf);

/*
 * Puts a table of 512 small pages, in `frame`, in place of the large page that the leaf holds: all
 * have its rights, Accessed and Dirty. Each frame is counted from then on instead of the block,
 * so each must be one that a small page may map so. Flushes. KERNEL_OK and the old entry; or a
 * donation's or frame_check_map()'s error, and nothing changed.
 */
int page_table_split(struct task *task, uint64_t address, const struct leaf *leaf, uint64_t frame,
                     page_entry *old);

/*
 * Clears the bits in `clear` (an encoded mask) and sets NX if asked, atomically. Returns the
 * old entry, which may be absent: then nothing was changed.
 */
static inline page_entry page_clear_bits(page_entry *entry, page_entry clear, page_entry set)
{
    page_entry old = __atomic_load_n(entry, __ATOMIC_RELAXED);
    do {
        if (!page_entry_present(old))
            return 0;
    } while (!page_entry_compare_exchange(entry, &old, (old & ~clear) | set));
    return old;
}

/*
 * Unlinks the tables for `address` that are empty, lowest first, and gives their frames back.
 * Their addresses go to frames[]; returns how many, at most 3.
 */
unsigned page_table_unlink_empty(struct task *task, uint64_t address, uint64_t frames[3]);

/*
 * For a task that dies and whose address space is loaded nowhere: unmaps everything under one
 * leaf table (or skips one hole) at task->unmap_cursor and moves the cursor. False: the user
 * half is empty.
 */
bool page_table_destroy_step(struct task *task);
