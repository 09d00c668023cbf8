/*
 * Inodes: the raw ones in their table's buffers, and the state in memory of those that
 * somebody uses.
 *
 * The raw inode is changed in place, so there is one copy and nothing to write back. The
 * state has what is not on the disk: the pager's references, the lock, allocation hints. It
 * exists while there is a reference, a hold of an operation, or a reap to do.
 */
#pragma once

#include "file_system.h"

struct inode_state {
    struct queue hash_link;
    struct queue reap_link;
    struct queue waiters; /* operations that want the lock */
    struct queue reservations;
    uint32_t number;
    uint32_t holds;        /* operations */
    uint64_t references;   /* the pager's */
    uint32_t readers;      /* locks held shared */
    bool writer;           /* lock held exclusively */
    bool orphan;           /* no name leads to it; dies with its last user */
    bool dying;            /* the reaper has it */
    uint64_t version;      /* directories: counts changes of the contents */
    uint64_t last_logical; /* where the last block was allocated, for the next one */
    uint32_t last_physical;
};

struct inode {
    uint32_t number;
    struct buffer *buffer;
    struct ext2_inode *raw;
};

bool inode_table_init(struct file_system *fs);
/* Every inode with a state loses its references: the shutdown frees orphans. */
void inode_drop_all_references(struct file_system *fs);

/* Finds or makes the state and holds it; NULL: no memory. */
struct inode_state *inode_hold(struct file_system *fs, uint32_t number);
void inode_drop(struct file_system *fs, struct inode_state *state);
struct inode_state *inode_find(struct file_system *fs, uint32_t number);
/* Drops references of the pager. */
void inode_release(struct file_system *fs, struct inode_state *state, uint64_t count);

/* The raw inode in its buffer, whatever it holds. -EUCLEAN: no such number. */
status inode_read(struct operation *operation, uint32_t number, struct inode *inode);
/* The same for a live inode: -ENOENT if it is free or dying, -EUCLEAN if it makes no sense. */
status inode_get(struct operation *operation, uint32_t number, struct inode *inode);
/* inode_get of the request's inode, which then stays held until the operation ends. */
status inode_of_request(struct operation *operation, struct inode *inode);

/* Takes the lock of operation->held; one a operation, kept until it ends. FIFO. */
status inode_lock(struct operation *operation, bool exclusive);
void inode_unlock(struct operation *operation);

uint64_t inode_size(const struct ext2_inode *raw);
void inode_set_size(struct file_system *fs, struct inode *inode, uint64_t size);
void inode_attributes(struct operation *operation, const struct inode *inode);
/* Sets the modification and change times. */
void inode_touch(struct file_system *fs, struct inode *inode);
static inline bool inode_is(const struct inode *inode, uint32_t type)
{
    return (inode->raw->mode & MODE_TYPE) == type;
}
/* A link less; the last one makes the inode an orphan, which the reaper frees when unused. */
void inode_unlink(struct file_system *fs, struct inode *inode, struct inode_state *state,
                  uint32_t links);
