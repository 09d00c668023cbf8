/*
 * The frame table: one entry of 8 bytes for each frame of physical memory, and one of 8 bytes
 * for each 2 MiB block. It is what makes user-space memory management safe.
 *
 *  INVARIANT. No user page-table entry that is writable leads to a frame of type PAGE_TABLE,
 *  OBJECT or RESERVED, through a small page or a large one.
 *
 *                     map (count 0 -> 1)
 *           FREE  ------------------------->  USER     count: entries that map the frame
 *            | ^  <-------------------------
 *     donate | |      unmap (count 1 -> 0)
 *            v | empty
 *       PAGE_TABLE  count: present entries
 *       OBJECT      count: objects in it
 *                                             DEVICE, RESERVED: for ever
 *
 * How O(1) checks keep it:
 *  - FREE -> PAGE_TABLE or OBJECT only from FREE, so nothing counted maps it, and only while no
 *    writable large page covers its block (block.writable_windows == 0);
 *  - a writable large page only over a block without such frames (block.kernel_frames == 0); its
 *    frames are not counted one by one until it is split, which asks for each of them;
 *  - a small page of a PAGE_TABLE or DEVICE frame is not counted, and its entry says so in a
 *    software bit (ENTRY_UNCOUNTED). For a PAGE_TABLE frame it is read-only, and protection
 *    can only be taken from an entry, never added without going through the checks here.
 * Read-only pages may outlive a change of type: reading is the memory authority's privilege.
 *
 * Callers: the page operations, object creation and boot. Interrupts off, one CPU at a time.
 */
#pragma once

#include "machine/machine.h"

enum object_frame_kind {
    OBJECT_FRAME_SLAB = 1,
    OBJECT_FRAME_TASK = 2,
    OBJECT_FRAME_THREAD = 3,
    OBJECT_FRAME_HANDLES = 4,
};

#define FRAME_TAG(type, kind) ((uint16_t)((type) | (kind) << 8))

struct frame {
    uint32_t count;
    uint16_t tag; /* enum frame_type | enum object_frame_kind << 8 */
    uint16_t reserved;
};

struct frame_block {
    uint32_t writable_windows; /* writable large pages that map the block */
    uint32_t kernel_frames;    /* PAGE_TABLE, OBJECT and RESERVED frames in it */
};

struct frame_table {
    struct frame *frames;
    struct frame_block *blocks;
    uint64_t frame_limit; /* frames in the table; those above are DEVICE */
};
extern struct frame_table frame_table;

/* ---------------------------------------------------------------- boot */

/* Memory that frame_table_initialize() needs, for RAM that ends at physical_limit. */
uint64_t frame_table_bytes(uint64_t physical_limit);
/* memory: page aligned. All frames are DEVICE at first. */
void frame_table_initialize(void *memory, uint64_t physical_limit);
/* Ranges of FREE, RESERVED or DEVICE. FREE shrinks to whole pages, the others grow. */
void frame_table_set_range(uint64_t start, uint64_t length_bytes, enum frame_type type);

/* ---------------------------------------------------------------- look up */

static inline bool frame_in_table(uint64_t physical)
{
    return physical >> PAGE_SHIFT < frame_table.frame_limit;
}

/* Only for frames in the table. */
static inline struct frame *frame_at(uint64_t physical)
{
    return &frame_table.frames[physical >> PAGE_SHIFT];
}

static inline struct frame *frame_of_pointer(const void *pointer)
{
    return frame_at(virtual_to_physical(pointer));
}

static inline enum frame_type frame_type_of(const struct frame *frame)
{
    return (enum frame_type)(frame->tag & 0xff);
}

enum frame_type frame_type_at(uint64_t physical);

/* ---------------------------------------------------------------- changes */

/* Software bit of a leaf entry: frame.count does not count it. */
#define ENTRY_UNCOUNTED (1ull << 9)

/*
 * Whether a small page of the frame may be mapped. KERNEL_OK, or ERROR_FRAME or
 * ERROR_NO_SPACE (the count is at its end). *extra_bits: to be set in the entry.
 */
int frame_check_map(uint64_t physical, bool writable, page_entry *extra_bits);

/* After frame_check_map(). */
static inline void frame_count_map(uint64_t physical, page_entry extra_bits)
{
    if (extra_bits & ENTRY_UNCOUNTED)
        return;
    struct frame *frame = frame_at(physical);
    frame->tag = FRAME_USER;
    frame->count++;
}

/* After the leaf entry `entry` is gone. */
static inline void frame_count_unmap(page_entry entry)
{
    if (entry & ENTRY_UNCOUNTED)
        return;
    struct frame *frame = frame_at(page_entry_frame(entry));
    if (--frame->count == 0)
        frame->tag = FRAME_FREE;
}

/* Large pages: `block` is 2 MiB aligned. */
int frame_check_window(uint64_t block, bool writable);
void frame_count_window(uint64_t block, bool writable);
void frame_uncount_window(uint64_t block, bool writable);

/* Whether the frame may become a page table or hold kernel objects. */
int frame_check_donation(uint64_t physical);
/* After frame_check_donation(). The frame is zeroed; returns its kernel address. */
void *frame_donate(uint64_t physical, enum frame_type type, enum object_frame_kind kind);
/* Back to FREE. Its count must be 0. */
void frame_give_back(uint64_t physical);
