/*
 * The fake kernel's frame table: a type and a count of mappings a frame, and for each large block
 * the writable windows on it and the frames in it that are the kernel's.
 */
#pragma once

#include <quire/abi.h>
#include <stdbool.h>
#include <stdint.h>

#define ENTRY_UNCOUNTED (1ull << 9) /* of a hardware entry: a view of a page table */

struct fake_frame {
    uint32_t count;
    uint8_t type; /* enum frame_type */
};

/* Indexed by physical address >> LARGE_PAGE_SHIFT. */
extern uint32_t *fake_block_windows, *fake_block_kernel_frames;

/* Frames from free_start on are free, those below reserved. */
void fake_frames_begin(uint64_t ram_bytes, uint64_t free_start);
void fake_frames_end(void);

/* Fails the test if there is no such frame. */
struct fake_frame *fake_frame_at(uint64_t physical);
void fake_set_type(uint64_t physical, enum frame_type type);
/* Makes a free frame the kernel's, zeroed. ERROR_ARGUMENT, ERROR_FRAME. */
int fake_donate(uint64_t physical, enum frame_type type);
/* Whether the page may be mapped; *extra: more bits of its entry. ERROR_FRAME. */
int fake_check_map(uint64_t page, uint64_t *extra);
void fake_count_map(uint64_t entry, bool large);
void fake_count_unmap(uint64_t entry, bool large);
