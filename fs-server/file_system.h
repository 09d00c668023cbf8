/*
 * The mounted file system: geometry, counters, and the queues of the event loop.
 *
 * All of it belongs to one thread. `geometry` is checked once, at the mount, and trusted
 * from then on; every other number from the disk is checked where it is used.
 */
#pragma once

#include "buffer_cache.h"
#include "ext2_format.h"
#include "operation.h"
#include "pool.h"
#include "queue.h"
#include "status.h"
#include "transfer.h"

#define BLOCK_BYTES_MAX 4096u
#define FS_PAGE_BYTES 4096u
#define DIAGNOSIS_BYTES 160u

struct geometry {
    uint32_t block_bytes;
    uint32_t sectors_per_block;
    uint32_t blocks_per_page;
    uint32_t pointers_per_block;
    uint32_t blocks_count;
    uint32_t first_data_block;
    uint32_t blocks_per_group;
    uint32_t inodes_count;
    uint32_t inodes_per_group;
    uint32_t inode_bytes;
    uint32_t inodes_per_block;
    uint32_t inode_table_blocks; /* a group */
    uint32_t first_inode;        /* lower ones are the file system's own */
    uint32_t group_count;
    uint32_t descriptor_blocks;
    uint64_t size_max; /* longest file */
    bool has_file_type;
    bool sparse_super;
};

struct file_system {
    struct geometry geometry;
    struct transfer_queue transfers;
    struct buffer_cache cache;
    struct arena arena;
    uint8_t *heap;
    uint64_t heap_physical;
    uint8_t *cache_memory; /* becomes the buffers when the block size is known */
    uint64_t cache_memory_bytes;
    uint8_t *scratch; /* holds the superblock until then */

    struct buffer *superblock_buffer;
    struct ext2_superblock *superblock;
    struct buffer **group_buffers;
    uint32_t groups_loaded; /* during the mount: descriptor blocks resident */
    uint64_t free_blocks, free_inodes;
    uint64_t reserved_blocks; /* promised to pages by FS_RESERVE; part of free_blocks */

    bool mounted;
    bool read_only;
    bool shutting_down;
    status mount_error;      /* why requests are refused */
    uint64_t time_base;      /* seconds; there is no wall clock, so time goes on from the image's */
    uint64_t (*clock)(void); /* nanoseconds */

    struct pool operations, walks, path_buffers, inode_states, reservations;
    struct queue runnable, start_queue, finished;
    uint32_t budget_total, budget_used;
    uint32_t operations_max;    /* so that a burst of requests leaves memory for inodes */
    uint32_t client_operations; /* created, not yet finished */
    struct queue idle_waiters;  /* the shutdown waits for the others */

    struct queue *inode_buckets;
    uint32_t inode_bucket_count;
    struct queue reap_queue;   /* inodes whose last reference went */
    struct queue reap_waiters; /* operations that wait for the space of dying inodes */
    struct operation *reaper;
    bool reaper_idle;

    struct queue *reservation_buckets;
    uint32_t reservation_bucket_count;

    struct operation *rename_owner; /* moves of directories between parents, one at a time */
    struct queue rename_waiters;

    uint8_t *names; /* the shared name area */
    char diagnosis[DIAGNOSIS_BYTES];
    bool diagnosis_is_new;
};

/* What the server's owner provides. */
struct file_system_environment {
    uint8_t *heap;
    uint64_t heap_physical;
    uint64_t heap_bytes;
    struct block_device *device; /* NULL: no disk, */
    int device_error;            /* and why: a negative errno */
    uint8_t *names;
    uint64_t (*clock)(void);
};

/* Sets up and begins the mount, which goes on as operations. False: the heap is too small
   even to say so through the rings. */
bool file_system_start(struct file_system *fs, const struct file_system_environment *environment);
/* Begins the mount; in superblock.c. False: no memory. */
bool file_system_mount(struct file_system *fs);

/* Seconds for the inode times. */
uint32_t file_system_time(const struct file_system *fs);
/* One line for the console: text, then the number in decimal. */
void diagnose(struct file_system *fs, const char *text, uint64_t number);
/* The image contradicts itself: says so, goes read-only, and returns -EUCLEAN. */
status corrupt(struct file_system *fs, const char *text, uint64_t number);
/* Sets a required ro-compatible feature, raising a revision 0 superblock to 1. */
void require_large_file(struct file_system *fs);

static inline uint64_t block_sector(const struct file_system *fs, uint64_t block)
{
    return block * fs->geometry.sectors_per_block;
}

static inline uint64_t buffer_physical(const struct file_system *fs, const uint8_t *memory)
{
    return fs->heap_physical + (uint64_t)(memory - fs->heap);
}
