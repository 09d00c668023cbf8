/*
 * From a file's logical blocks to blocks of the disk: twelve direct pointers, then trees of
 * one, two and three levels of pointer blocks.
 */
#pragma once

#include "inode.h"

#define MAP_DEPTH_MAX 4u

struct map_position {
    uint32_t depth;                /* pointers on the way: 1 (direct) to 4 */
    uint32_t index[MAP_DEPTH_MAX]; /* index[0] is in the inode */
};

/* Where the pointer of a logical block is; false past what the tree can reach. */
bool map_position_of(const struct file_system *fs, uint64_t logical, struct map_position *position);
/* Logical blocks below one pointer, `levels` levels of pointer blocks above the data. */
uint64_t map_span(const struct file_system *fs, uint32_t levels);

/* The block, 0 for a hole. Pins at most three pointer blocks. */
status map_lookup(struct operation *operation, const struct inode *inode, uint64_t logical,
                  uint32_t *block);

struct map_slot {
    uint32_t *pointer; /* NULL: a pointer block on the way is missing (map_find only) */
    struct buffer *owner;
    uint32_t level_missing; /* with pointer NULL: how many pointer blocks are missing */
    uint32_t goal;          /* where a new block best goes */
};
/* The pointer itself. */
status map_find(struct operation *operation, const struct inode *inode, uint64_t logical,
                struct map_slot *slot);
/* The same, and missing pointer blocks are planned. */
status map_extend(struct operation *operation, const struct inode *inode, uint64_t logical,
                  struct map_slot *slot);
/* What a pointer says, after a check: 0 in *block is a hole. */
status map_block_of(struct operation *operation, const struct inode *inode, uint32_t pointer,
                    uint32_t *block);
