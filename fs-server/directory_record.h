/* Inside a directory's blocks: shared by the search and the change half. */
#pragma once

#include "directory.h"

/* The record at *offset, which moves on; false if it does not fit the block or its name. */
bool record_next(struct file_system *fs, const struct buffer *buffer, uint32_t *offset,
                 struct ext2_directory_record **record);
/* Bytes that a record needs for itself; the rest of it is room. */
uint32_t record_used_bytes(const struct ext2_directory_record *record);
/* A block of a directory, which has no holes. */
status directory_block(struct operation *operation, const struct inode *directory, uint64_t logical,
                       struct buffer **buffer);
/* inode_get() for a directory; -ENOTDIR if it is something else. */
status directory_get(struct operation *operation, uint32_t number, struct inode *inode);
