/* Symbolic links: short targets in the inode's pointers, longer ones in one block. */
#pragma once

#include "inode.h"

/* The target, not terminated, in a pinned buffer. */
status symlink_target(struct operation *operation, const struct inode *link, const char **target,
                      uint32_t *length);
/* No block but perhaps one of extended attributes: the pointers are text. */
bool symlink_is_fast(const struct file_system *fs, const struct ext2_inode *raw);

status request_symlink(struct operation *operation);
status request_readlink(struct operation *operation);
