/*
 * The RAM window in blocks of 2 MiB. Private to frames.
 *
 *   WINDOW_LARGE      one writable large page: its frames are for pages and metadata, and the
 *                     kernel refuses any of them as a donation
 *   WINDOW_READ_ONLY  one read-only large page: its frames are donations only
 *   WINDOW_SMALL      4 KiB pages: split from a LARGE block when donations ran out, or a block
 *                     that has reserved frames too. Each frame is writable, or (a donation)
 *                     hidden, or read-only
 *
 * A LARGE block becomes SMALL; nothing else changes.
 */
#pragma once

#include "memory.h"

enum window_kind { WINDOW_NONE = 0, WINDOW_LARGE, WINDOW_READ_ONLY, WINDOW_SMALL };

enum window_kind window_block_kind(uint64_t physical);
/* false: no table frame for the 4 KiB mappings. */
bool window_split(uint64_t block);
/* Takes `count` frames of SMALL blocks out of every window, so that the kernel may have them. */
void window_hide(struct page *const *pages, uint32_t count);
/* A hidden frame is a page table now: shows it to the pager read-only. */
void window_show_table(struct page *page);
/* The other way round: a frame that is no table any more is for pages again. */
void window_show(struct page *page, bool was_hidden);

/* Boot only. */
#define WINDOW_BLOCK_FRAMES (LARGE_PAGE_SIZE / PAGE_SIZE)
void window_set_blocks(uint8_t *kinds, uint64_t count);
