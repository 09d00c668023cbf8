/*
 * Walking paths. A walk moves from directory to directory and holds the one it is in, so it
 * survives being parked; it never starts again from the beginning. Only the last name is
 * looked up together with the change that depends on it.
 */
#pragma once

#include "directory.h"

#define PATH_BYTES_MAX FS_NAME_SLOT_BYTES
#define SYMLINKS_FOLLOWED_MAX 40u

struct walk {
    const char *path; /* in a name slot, or in `buffer` */
    char *buffer;     /* from a pool: the path with a symbolic link put in; NULL: none */
    uint32_t position;
    uint32_t links_followed;
    struct inode_state *directory;
    struct name name;       /* the last component; length 0: there is none ("/") */
    bool must_be_directory; /* it had a slash behind it */
    struct scan scan;
    struct scan empty_scan;     /* of a directory to be removed or replaced */
    struct inode_state *target; /* held: the inode that the last name means */
};

/* Makes operation->walk[index] from a slot, beginning at `base` (0: the root). Once only. */
status walk_begin(struct operation *operation, unsigned index, uint32_t slot, uint32_t base);
void walk_end(struct operation *operation, unsigned index);
/* Goes to the directory of the last component. */
status walk_to_parent(struct operation *operation, struct walk *walk);
/* walk_to_parent() for a change: the last name is a real name, not "/", "." or "..". */
status walk_to_name(struct operation *operation, struct walk *walk, status if_not_a_name);
/* The inode that the whole path means; a last symbolic link is followed or not. */
status walk_to_inode(struct operation *operation, struct walk *walk, bool follow,
                     struct inode *inode);
/* Holds the inode as walk->target. */
status walk_hold_target(struct operation *operation, struct walk *walk, uint32_t number);
