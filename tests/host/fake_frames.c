/*
 * The fake kernel's frames. See fake_frames.h.
 */
#include "fake_frames.h"
#include "fake_kernel.h"

#include "../../pager/memory.h"
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

uint32_t *fake_block_windows, *fake_block_kernel_frames;
static struct fake_frame *frames;
static uint64_t ram_limit;

void fake_frames_begin(uint64_t ram_bytes, uint64_t free_start)
{
    size_t blocks = (ram_bytes >> LARGE_PAGE_SHIFT) + 1;
    ram_limit = ram_bytes;
    frames = calloc(ram_bytes >> PAGE_SHIFT, sizeof *frames);
    fake_block_windows = calloc(blocks, sizeof *fake_block_windows);
    fake_block_kernel_frames = calloc(blocks, sizeof *fake_block_kernel_frames);
    for (uint64_t physical = free_start; physical < ram_bytes; physical += PAGE_SIZE)
        frames[physical >> PAGE_SHIFT].type = FRAME_FREE;
}

void fake_frames_end(void)
{
    free(frames);
    free(fake_block_windows);
    free(fake_block_kernel_frames);
}

struct fake_frame *fake_frame_at(uint64_t physical)
{
    assert_true(physical < ram_limit);
    return &frames[physical >> PAGE_SHIFT];
}

enum frame_type fake_frame_type(uint64_t physical)
{
    return (enum frame_type)fake_frame_at(physical)->type;
}

uint32_t fake_frame_count(uint64_t physical)
{
    return fake_frame_at(physical)->count;
}

void fake_set_type(uint64_t physical, enum frame_type type)
{
    struct fake_frame *frame = fake_frame_at(physical);
    bool was = frame->type == FRAME_PAGE_TABLE || frame->type == FRAME_OBJECT;
    bool is = type == FRAME_PAGE_TABLE || type == FRAME_OBJECT;
    fake_block_kernel_frames[physical >> LARGE_PAGE_SHIFT] += (uint32_t)is - (uint32_t)was;
    frame->type = (uint8_t)type;
}

int fake_donate(uint64_t physical, enum frame_type type)
{
    if ((physical & ~PAGE_FRAME_MASK) || physical >= ram_limit)
        return ERROR_ARGUMENT;
    if (fake_frame_at(physical)->type != FRAME_FREE ||
        fake_block_windows[physical >> LARGE_PAGE_SHIFT] != 0)
        return ERROR_FRAME;
    fake_set_type(physical, type);
    memset(host_ram + physical, 0, PAGE_SIZE);
    return KERNEL_OK;
}

int fake_check_map(uint64_t page, uint64_t *extra)
{
    uint64_t physical = page & PAGE_FRAME_MASK;
    *extra = 0;
    if (physical >= ram_limit)
        return ERROR_FRAME;
    switch (fake_frame_type(physical)) {
    case FRAME_FREE:
    case FRAME_USER: return KERNEL_OK;
    case FRAME_PAGE_TABLE:
        *extra = ENTRY_UNCOUNTED;
        return page & PAGE_WRITE ? ERROR_FRAME : KERNEL_OK;
    default: return ERROR_FRAME;
    }
}

void fake_count_map(uint64_t entry, bool large)
{
    uint64_t physical = entry & PAGE_FRAME_MASK;
    if (large) {
        fake_block_windows[physical >> LARGE_PAGE_SHIFT] += (entry & PAGE_WRITE) != 0;
    } else if (!(entry & ENTRY_UNCOUNTED)) {
        fake_frame_at(physical)->type = FRAME_USER;
        fake_frame_at(physical)->count++;
    }
}

void fake_count_unmap(uint64_t entry, bool large)
{
    uint64_t physical = entry & PAGE_FRAME_MASK;
    if (large)
        fake_block_windows[physical >> LARGE_PAGE_SHIFT] -= (entry & PAGE_WRITE) != 0;
    else if (!(entry & ENTRY_UNCOUNTED) && --fake_frame_at(physical)->count == 0)
        fake_frame_at(physical)->type = FRAME_FREE;
}
