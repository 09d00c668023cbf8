/*
 * Physical memory at boot: which of it is in use, and pieces of what is free, until the
 * frame table stands. Nothing here survives boot but the answers.
 */
#pragma once

#include "multiboot.h"

/* image: where the kernel was loaded. */
void boot_memory_initialize(struct physical_range image);

/* First physical address above all available RAM. */
uint64_t boot_physical_limit(void);
/*
 * Page-aligned zeroed memory below `limit`, or a panic that says what it was for. Kept from
 * everybody else for good.
 */
uint64_t boot_allocate(uint64_t length_bytes, uint64_t limit, const char *purpose);

/*
 * The loader may put its information, and the kernel's symbols, into the last page of a module, and
 * modules become the pager's, whole pages of them. Then they move, below `limit`.
 */
void boot_leave_modules(uint64_t limit);
/* The latest allocation needs only its first bytes. */
void boot_shrink_last(uint64_t length_bytes);
/*
 * The next piece of available RAM that nobody uses, whole pages, ascending within each range
 * of the memory map. *position starts as {0}; false: no more.
 */
struct boot_memory_position {
    size_t memory_cursor;
    struct physical_range rest;
};
bool boot_next_free(struct boot_memory_position *position, struct physical_range *piece);
/* What the kernel itself uses; index from 0. False: no more. Modules are not among them. */
bool boot_kernel_range(size_t index, struct physical_range *range);
