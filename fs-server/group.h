/*
 * Block groups: the descriptors, always resident, and which blocks are the file system's own.
 */
#pragma once

#include "file_system.h"

struct ext2_group *group_descriptor(struct file_system *fs, uint32_t group);
void group_dirty(struct file_system *fs, uint32_t group);
uint32_t group_of_block(const struct file_system *fs, uint32_t block);
uint32_t group_first_block(const struct file_system *fs, uint32_t group);
/* Fewer in the last group. */
uint32_t group_block_count(const struct file_system *fs, uint32_t group);

/* A block that a file may own: on the disk, and no superblock, descriptor, bitmap or inode. */
bool block_is_for_files(struct file_system *fs, uint32_t block);

/* Checks all descriptors and sums up the free counts. 0 or -EUCLEAN. */
status groups_check(struct file_system *fs);
