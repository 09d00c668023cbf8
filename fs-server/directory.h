/*
 * Directories: linear lists of records in blocks. An index (htree) that another system made is
 * read as the linear list that it also is, and given up when the directory changes.
 */
#pragma once

#include "allocate.h"
#include "inode.h"

struct name {
    uint8_t length;
    char text[EXT2_NAME_MAX + 1];
};

/*
 * How far a search for one name has come. A parked operation goes on from here if the
 * directory has not changed, so a long directory is scanned once, not once a block.
 */
struct scan {
    uint32_t directory; /* 0: not begun */
    uint64_t version;
    uint64_t next_block;
    bool room_known; /* a record was passed that has room for the name */
    uint64_t room_block;
};

/* A record found. The buffers stay pinned. */
struct place {
    struct inode directory;
    struct buffer *buffer;
    uint32_t offset;
    uint32_t inode;
};

/* 0 and *place, -ENOENT, or another status. Begin with a zeroed scan. */
status directory_find(struct operation *operation, const struct inode_state *state,
                      const struct name *name, struct scan *scan, struct place *place);
/* -ENOTEMPTY if it has more than "." and "..". */
status directory_check_empty(struct operation *operation, const struct inode_state *state,
                             struct scan *scan);
/* The place of ".." in the directory's first block. */
status directory_find_parent(struct operation *operation, uint32_t directory, struct place *place);

/* Where a new record goes, after directory_find() said -ENOENT with the same scan. */
struct insertion {
    struct inode directory;
    struct buffer *buffer;
    bool new_block;
};
status directory_plan_insert(struct operation *operation, const struct inode_state *state,
                             const struct name *name, struct scan *scan,
                             struct insertion *insertion);
/* After plan_commit(). */
void directory_insert(struct operation *operation, struct inode_state *state,
                      struct insertion *insertion, const struct name *name, uint32_t inode,
                      uint32_t mode);
void directory_remove(struct operation *operation, struct inode_state *state, struct place *place);
/* Makes the record name another inode. `state` may be NULL: ".." is no entry that scans look for. */
void directory_replace(struct operation *operation, struct inode_state *state, struct place *place,
                       uint32_t inode, uint32_t mode);
/* Fills the first block of a new directory. */
void directory_format(struct file_system *fs, struct buffer *buffer, uint32_t self,
                      uint32_t parent);

status request_read_directory(struct operation *operation);
