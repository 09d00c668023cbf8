/*
 * Promises of space: pages that FS_RESERVE has set blocks aside for and no write has filled.
 *
 * Pointer blocks are allocated when the promise is made, because they are exact then and
 * harmless (zeros). Data blocks are only counted: a block that is allocated but not written
 * would show its former owner's data.
 */
#pragma once

#include "inode.h"

bool reservation_table_init(struct file_system *fs);
bool reservation_has(struct file_system *fs, uint32_t inode, uint64_t page);
/* Counts a page's blocks as reserved; -ENOMEM. */
status reservation_add(struct file_system *fs, struct inode_state *state, uint64_t page);
/* The page's blocks are being allocated, or it needs none any more. */
void reservation_take(struct file_system *fs, struct inode_state *state, uint64_t page);
/* Gives back all pages from `first_page` on. */
void reservations_drop(struct file_system *fs, struct inode_state *state, uint64_t first_page);

status request_reserve(struct operation *operation);
