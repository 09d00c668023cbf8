/*
 * Debug builds: the check of the frame-table invariant over all page tables.
 *
 * Counting needs memory, and the kernel allocates none. So the counts themselves are counted
 * down: each mapping found takes one from its frame's count, after which every USER frame and
 * every window count must be 0; a second walk adds them again. Interrupts are off and nobody
 * else looks meanwhile.
 */
#include "debug.h"
#include "task.h"

#ifdef QUIRE_DEBUG

static unsigned violations;

static void violation(const char *what, uint64_t physical, uint64_t detail)
{
    violations++;
    print("frame table: %s: frame %lx, %lx\n", what, (unsigned long)physical,
          (unsigned long)detail);
}

static void check_small(page_entry entry, uint64_t table)
{
    uint64_t physical = page_entry_frame(entry);
    enum frame_type type = frame_type_at(physical);
    if (page_entry_writable(entry) &&
        (type == FRAME_PAGE_TABLE || type == FRAME_OBJECT || type == FRAME_RESERVED))
        violation("writable page of a kernel frame, mapped by table", physical, table);
    if (!(entry & ENTRY_UNCOUNTED) && type != FRAME_USER)
        violation("counted page of a frame that is not USER, mapped by table", physical, table);
    if ((entry & ENTRY_UNCOUNTED) && page_entry_writable(entry) && type != FRAME_DEVICE)
        violation("uncounted writable page of RAM, mapped by table", physical, table);
}

static void visit_leaf(page_entry entry, unsigned level, uint64_t table, int step)
{
    uint64_t physical = page_entry_frame(entry);
    if (level == 0) {
        if (step < 0)
            check_small(entry, table);
        if (!(entry & ENTRY_UNCOUNTED) && frame_in_table(physical))
            frame_at(physical)->count += (uint32_t)step;
        return;
    }
    if (!page_entry_writable(entry) || !frame_in_table(physical))
        return;
    struct frame_block *block = &frame_table.blocks[physical >> LARGE_PAGE_SHIFT];
    if (step < 0 && block->kernel_frames != 0)
        violation("writable window over kernel frames, mapped by table", physical, table);
    block->writable_windows += (uint32_t)step;
}

static void visit_table(uint64_t table, unsigned level, int step)
{
    const page_entry *entries = physical_to_virtual(table);
    unsigned end = level == PAGE_TABLE_LEVELS - 1 ? PAGE_TABLE_ENTRIES / 2 : PAGE_TABLE_ENTRIES;
    uint32_t present = 0;
    if (frame_type_at(table) != FRAME_PAGE_TABLE) {
        if (step < 0)
            violation("table in a frame of another type", table, level);
        return;
    }
    for (unsigned i = 0; i < end; i++) {
        page_entry entry = entries[i];
        if (!page_entry_present(entry))
            continue;
        present++;
        if (level == 0 || page_entry_large(entry))
            visit_leaf(entry, level, table, step);
        else
            visit_table(page_entry_frame(entry), level - 1, step);
    }
    if (step < 0 && present != frame_at(table)->count)
        violation("entries miscounted: present", table, present);
}

static void visit_tasks(int step)
{
    for (uint64_t i = 0; i < frame_table.frame_limit; i++) {
        if (frame_table.frames[i].tag != FRAME_TAG(FRAME_OBJECT, OBJECT_FRAME_TASK))
            continue;
        const struct task *task = physical_to_virtual(i << PAGE_SHIFT);
        visit_table(task->space.root, PAGE_TABLE_LEVELS - 1, step);
    }
}

/* After counting down: nothing may be left over. */
static void check_remainders(void)
{
    for (uint64_t i = 0; i < frame_table.frame_limit; i++) {
        const struct frame *frame = &frame_table.frames[i];
        enum frame_type type = frame_type_of(frame);
        if ((type == FRAME_USER || type == FRAME_FREE) && frame->count != 0)
            violation("mappings miscounted by", i << PAGE_SHIFT, frame->count);
    }
    uint64_t blocks = (frame_table.frame_limit + 511) / 512;
    for (uint64_t i = 0; i < blocks; i++) {
        if (frame_table.blocks[i].writable_windows != 0)
            violation("windows miscounted by", i << LARGE_PAGE_SHIFT,
                      frame_table.blocks[i].writable_windows);
    }
}

unsigned frame_table_verify(void)
{
    violations = 0;
    visit_tasks(-1);
    check_remainders();
    visit_tasks(1);
    return violations;
}

#endif
