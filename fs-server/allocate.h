/*
 * Allocation of blocks and inodes, in the two halves of the house: plan, which may park or
 * fail and changes nothing, and commit, which cannot fail.
 */
#pragma once

#include "inode.h"

/* Chooses a free block near `goal` (0: near the inode) and notes it in the operation's plan:
   `link`, in `owner`, will point to it. With `metadata` the plan also gets a zeroed buffer.
   -ENOSPC. Nothing is allocated before plan_commit(). */
status plan_block(struct operation *operation, const struct inode *inode, uint32_t goal,
                  uint32_t *link, struct buffer *owner, bool metadata,
                  struct planned_block **planned);
/* The planned block that `link` will point to; NULL if none. */
struct planned_block *plan_find(struct operation *operation, const uint32_t *link);
/* Allocates what was planned. Metadata blocks are linked and counted in their inode at once; the
   entries of file data stay in the plan, for plan_link_data() or plan_cancel_data(). */
void plan_commit(struct operation *operation);
/* The data are on the disk: now pointers may lead to them. */
void plan_link_data(struct operation *operation);
void plan_cancel_data(struct operation *operation);

/* Makes the block free again; its bitmap must be pinned. False, with a report, if it was. */
bool free_block(struct operation *operation, uint32_t block);
/* Pins the bitmap that free_block() of this block needs. */
status free_block_prepare(struct operation *operation, uint32_t block);

struct planned_inode {
    uint32_t number;
    uint32_t group;
    struct buffer *bitmap;
    struct inode inode; /* the raw one in its table, pinned */
};
status plan_inode(struct operation *operation, uint32_t parent, bool directory,
                  struct planned_inode *planned);
void commit_inode(struct operation *operation, const struct planned_inode *planned, uint32_t mode);
/* Pins the inode bitmap; then free_inode() cannot fail. */
status free_inode_prepare(struct operation *operation, uint32_t number, struct buffer **bitmap);
void free_inode(struct operation *operation, uint32_t number, struct buffer *bitmap,
                bool directory);
