/*
 * An operation: one request on its way, or internal work (the mount, the reaper).
 *
 * House rule "restartable steps": a step looks up all that it needs and changes nothing;
 * when a buffer is not resident the operation is parked and the whole step runs again
 * later. When everything is there it commits all changes at once. One thread runs all
 * steps, so a commit is atomic to every other operation, needs no lock, and an error
 * before it has nothing to undo.
 *
 *      ring --> start queue --> running --> parked on a buffer, lock, space or transfer
 *                                  ^  |            |
 *                                  |  |            | woken
 *                                  +--|-- runnable-+
 *                                     v
 *                                  finished --> completion ring
 *
 * Locks on inodes are for what spans several commits: page transfers, truncation.
 */
#pragma once

#include "buffer_cache.h"
#include "ext2_format.h"
#include "queue.h"
#include "status.h"
#include "transfer.h"

#include <quire/fs_protocol.h>

/*
 * The most buffers one step pins at once. The worst is a rename that extends a directory:
 * two directories, the moved and the replaced inode, three map chains of three blocks, a new
 * chain of four blocks with a bitmap each, the blocks of both records, and the inode.
 */
#define OPERATION_PINS 48u
#define OPERATION_PLAN 12u
#define OPERATION_HOLDS 4u
#define PAGE_BLOCKS_MAX 4u

struct file_system;
struct inode_state;
struct walk;
struct operation;
typedef status (*operation_step)(struct operation *operation);

struct pin {
    struct buffer *buffer;
    bool used; /* asked for in the present run of the step */
};

/* A block that the present run of the step intends to allocate. */
struct planned_block {
    uint32_t block;
    uint32_t *link;              /* the pointer that will name it */
    struct buffer *owner;        /* the buffer that has `link` */
    struct buffer *buffer;       /* new metadata block, zeroed; NULL: file data */
    struct ext2_inode *inode;    /* whose block it becomes, */
    struct buffer *inode_buffer; /* and the buffer with that inode */
};

struct page_work {
    struct transfer transfers[PAGE_BLOCKS_MAX];
    uint32_t transfers_left;
    status error;
    uint64_t new_size;
    uint32_t planned; /* entries of the plan that the data are being written to */
    bool was_reserved;
};

struct reserve_work {
    uint64_t page;    /* next page to look at; while counting, from the first */
    uint64_t held;    /* blocks set aside for this request so far, not yet given to pages */
    uint64_t last[3]; /* the last missing indirect block that was counted, a level */
    uint64_t data, metadata;
};

struct sync_work {
    uint64_t sequence;
    struct transfer flush;
    bool flush_finished;
};

struct size_work {
    uint64_t first_block; /* blocks from here on are freed */
    uint32_t tail_block;  /* holds the end of file */
};

struct operation {
    struct queue link; /* in exactly one queue unless running or waiting for transfers */
    struct file_system *fs;
    struct fs_request request;
    struct fs_completion completion;
    operation_step step;
    operation_step mount_step; /* the mount only: see superblock.c */
    bool internal;             /* no completion */
    uint32_t budget;           /* buffers that it may pin */

    struct pin pins[OPERATION_PINS];
    uint32_t pin_count;
    uint64_t failed_read; /* one more than the block whose read failed and woke it; 0: none */

    struct planned_block plan[OPERATION_PLAN];
    uint32_t plan_count;
    uint64_t allowance; /* reserved blocks that it may use */

    struct inode_state *locked;
    bool locked_exclusive;
    struct inode_state *held; /* keeps the state of request.inode */
    struct walk *walk[2];     /* name operations; from a pool */
    union {
        struct page_work page;
        struct reserve_work reserve;
        struct sync_work sync;
        struct size_work size;
        struct {
            uint64_t cookie;
            uint32_t bytes;
        } read_directory;
    } work;
};

/* Takes a request; NULL when there is no memory for one more now. */
struct operation *operation_create(struct file_system *fs, const struct fs_request *request);
/* Makes the operation run as soon as buffers for it are free. */
void operation_start(struct operation *operation);
/* Runs all that can run. */
void operations_run(struct file_system *fs);
/* Puts the running operation into a queue of waiters. Always returns PENDING. */
status operation_park(struct operation *operation, struct queue *waiters);
void operation_wake(struct operation *operation);
void operations_wake_all(struct file_system *fs, struct queue *waiters);
/* Goes on with another step: `return operation_continue(operation, step);` */
status operation_continue(struct operation *operation, operation_step step);

void operation_pin(struct operation *operation, struct buffer *buffer);
bool operation_has_pinned(const struct operation *operation, const struct buffer *buffer);
/* Lets go of what was pinned after `pin_count` had the value `mark`. */
void operation_release_after(struct operation *operation, uint32_t mark);
/* Keeps what is pinned but asks for no more: lets others start. */
void operation_shrink_budget(struct operation *operation);

/* The step for a request, by number; NULL if unknown. In requests.c. */
operation_step request_step(uint32_t number);
bool request_modifies(uint32_t number);
