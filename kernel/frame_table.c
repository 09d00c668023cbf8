/*
 * The frame table: boot-time set-up and the checked changes of type. See frame_table.h for
 * the invariant and for the reason why each check suffices.
 */
#include "frame_table.h"

struct frame_table frame_table;

#define FRAMES_PER_BLOCK (LARGE_PAGE_SIZE / PAGE_SIZE)

static uint64_t frames_bytes(uint64_t frame_limit)
{
    return (frame_limit * sizeof(struct frame) + PAGE_SIZE - 1) & PAGE_MASK;
}

static uint64_t block_count(uint64_t frame_limit)
{
    return (frame_limit + FRAMES_PER_BLOCK - 1) / FRAMES_PER_BLOCK;
}

static struct frame_block *block_at(uint64_t physical)
{
    return &frame_table.blocks[physical >> LARGE_PAGE_SHIFT];
}

static bool is_kernel_type(enum frame_type type)
{
    return type == FRAME_PAGE_TABLE || type == FRAME_OBJECT || type == FRAME_RESERVED;
}

uint64_t frame_table_bytes(uint64_t physical_limit)
{
    uint64_t frame_limit = (physical_limit + PAGE_SIZE - 1) >> PAGE_SHIFT;
    uint64_t blocks = block_count(frame_limit) * sizeof(struct frame_block);
    return frames_bytes(frame_limit) + ((blocks + PAGE_SIZE - 1) & PAGE_MASK);
}

void frame_table_initialize(void *memory, uint64_t physical_limit)
{
    uint64_t frame_limit = (physical_limit + PAGE_SIZE - 1) >> PAGE_SHIFT;
    frame_table.frames = memory;
    frame_table.blocks = (struct frame_block *)((char *)memory + frames_bytes(frame_limit));
    frame_table.frame_limit = frame_limit;

    memset(memory, 0, frame_table_bytes(physical_limit));
    for (uint64_t i = 0; i < frame_limit; i++)
        frame_table.frames[i].tag = FRAME_DEVICE;
}

static void set_type(uint64_t physical, uint16_t tag)
{
    struct frame *frame = frame_at(physical);
    struct frame_block *block = block_at(physical);
    if (is_kernel_type(frame_type_of(frame)))
        block->kernel_frames--;
    frame->tag = tag;
    if (is_kernel_type(frame_type_of(frame)))
        block->kernel_frames++;
}

void frame_table_set_range(uint64_t start, uint64_t length_bytes, enum frame_type type)
{
    uint64_t end = start + length_bytes;
    if (type == FRAME_FREE) {
        start = (start + PAGE_SIZE - 1) & PAGE_MASK;
        end &= PAGE_MASK;
    } else {
        start &= PAGE_MASK;
        end = (end + PAGE_SIZE - 1) & PAGE_MASK;
    }
    for (uint64_t physical = start; physical < end && frame_in_table(physical);
         physical += PAGE_SIZE)
        set_type(physical, (uint16_t)type);
}

enum frame_type frame_type_at(uint64_t physical)
{
    return frame_in_table(physical) ? frame_type_of(frame_at(physical)) : FRAME_DEVICE;
}

bool frame_is_ram(uint64_t physical)
{
    return frame_type_at(physical) != FRAME_DEVICE;
}

int frame_check_map(uint64_t physical, bool writable, page_entry *extra_bits)
{
    switch (frame_type_at(physical)) {
    case FRAME_FREE: *extra_bits = 0; return KERNEL_OK;
    case FRAME_USER:
        *extra_bits = 0;
        return frame_at(physical)->count == UINT32_MAX ? ERROR_NO_SPACE : KERNEL_OK;
    case FRAME_PAGE_TABLE: *extra_bits = ENTRY_UNCOUNTED; return writable ? ERROR_FRAME : KERNEL_OK;
    case FRAME_DEVICE:
        if (physical >= machine_features.physical_address_limit ||
            machine_is_private_device(physical))
            return ERROR_FRAME;
        *extra_bits = ENTRY_UNCOUNTED | page_entry_encode(PAGE_UNCACHED | PAGE_EXECUTE);
        return KERNEL_OK;
    case FRAME_OBJECT:
    case FRAME_RESERVED: break;
    }
    return ERROR_FRAME;
}

int frame_check_window(uint64_t block, bool writable)
{
    if (!frame_in_table(block)) {
        /* A device's memory. The interrupt controllers' own frames lie in one block each. */
        for (uint64_t i = 0; i < FRAMES_PER_BLOCK; i++) {
            if (machine_is_private_device(block + i * PAGE_SIZE))
                return ERROR_FRAME;
        }
        return block + LARGE_PAGE_SIZE <= machine_features.physical_address_limit ? KERNEL_OK
                                                                                  : ERROR_FRAME;
    }
    if (!writable)
        return KERNEL_OK;
    if (block_at(block)->kernel_frames != 0)
        return ERROR_FRAME;
    return block_at(block)->writable_windows == UINT32_MAX ? ERROR_NO_SPACE : KERNEL_OK;
}

void frame_count_window(uint64_t block, bool writable)
{
    if (writable && frame_in_table(block))
        block_at(block)->writable_windows++;
}

void frame_uncount_window(uint64_t block, bool writable)
{
    if (writable && frame_in_table(block))
        block_at(block)->writable_windows--;
}

int frame_check_donation(uint64_t physical)
{
    if (physical & ~PAGE_FRAME_MASK)
        return ERROR_ARGUMENT;
    if (frame_type_at(physical) != FRAME_FREE || block_at(physical)->writable_windows != 0)
        return ERROR_FRAME;
    return KERNEL_OK;
}

void *frame_donate(uint64_t physical, enum frame_type type, enum object_frame_kind kind)
{
    void *memory = physical_to_virtual(physical);
    set_type(physical, FRAME_TAG(type, kind));
    memset(memory, 0, PAGE_SIZE);
    return memory;
}

void frame_give_back(uint64_t physical)
{
    KERNEL_ASSERT(frame_at(physical)->count == 0);
    set_type(physical, FRAME_FREE);
}
