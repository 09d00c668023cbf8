/*
 * The metadata buffers: blocks of bitmaps, inodes, directories, indirect pointers. File data
 * never passes through here (but for the tail of a truncated block, see size.c).
 *
 *                 get                  read done
 *      (absent) -------> reading ------------------> clean  <------------+
 *                           | error                 |  ^ unpinned: LRU    | write done,
 *                           v                 dirty |  |                  | not dirty again
 *                      invalid, waiters fail        v  |                  |
 *                                                 dirty ----> writing ----+
 *
 * A buffer that an operation has pinned stays. Budgets (operation.c) make sure that pinned
 * buffers never fill the cache, so every other one is clean or on its way to be.
 */
#pragma once

#include "queue.h"
#include "status.h"
#include "transfer.h"

struct file_system;
struct operation;

struct buffer {
    struct queue hash_link;
    struct queue lru_link;   /* only while clean, unpinned and idle */
    struct queue dirty_link; /* in the dirty queue, or in the writing queue */
    struct queue waiters;    /* operations */
    uint8_t *data;
    uint32_t block;
    uint32_t pins;
    bool valid, dirty, reading, writing;
    bool forgotten; /* its block was freed while it was pinned: invalid once it is not */
    bool failed;    /* dirty, and the disk refused it */
    uint8_t write_attempts;
    uint64_t dirty_sequence, writing_sequence;
    uint64_t dirtied_at; /* nanoseconds */
    struct transfer transfer;
};

struct buffer_cache {
    struct queue *buckets;
    uint32_t bucket_count; /* a power of two */
    uint32_t capacity;
    uint32_t dirty_count, writing_count, failed_count;
    uint64_t sequence; /* counts events of buffers becoming dirty */
    struct queue lru, dirty, writing;
    struct queue space_waiters; /* operations that need a buffer */
    struct queue dirty_waiters; /* operations that wait for fewer dirty buffers */
    struct queue sync_waiters;
    bool write_finished; /* since sync_waiters were last woken */
};

/* Divides memory into buffers; returns how many, 0 if the memory is too small for one. */
uint32_t cache_init(struct file_system *fs, uint8_t *memory, size_t bytes);

/* The block's buffer, read from the disk if need be, pinned by the operation. */
status buffer_get(struct operation *operation, uint32_t block, struct buffer **buffer);
/* A zeroed buffer for a block that the operation has planned to allocate; no read. */
status buffer_new(struct operation *operation, uint32_t block, struct buffer **buffer);
void buffer_dirty(struct file_system *fs, struct buffer *buffer);
/* Starts the buffer's write if it is dirty and waits until it is clean. */
status buffer_write_out(struct operation *operation, struct buffer *buffer);
void buffer_unpinned(struct file_system *fs, struct buffer *buffer);

/* The block was freed: what the cache has of it is not to be written any more. */
void cache_forget(struct file_system *fs, uint32_t block);
/* A freed block must not be used again while the disk or an operation has its old life. */
bool cache_is_busy(struct operation *operation, uint32_t block);

/* Parks a modifying operation while too much is dirty; 0 or PENDING. */
status cache_admit_change(struct operation *operation);
/* Starts writes of all dirty buffers up to the sequence. True when none is left. */
bool cache_sync(struct file_system *fs, uint64_t sequence);
/* Background writer: by age and by number. */
void cache_write_back(struct file_system *fs, uint64_t now);
/* When the background writer next wants to run: absolute nanoseconds, 0 never. */
uint64_t cache_deadline(const struct file_system *fs);
