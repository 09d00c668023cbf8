/*
 * Tasks: an address space and a handle table. Three frames: this structure, the page-table
 * root, the first table of handles; more tables are added by HANDLE_GROW.
 *
 *      handle index   | directory index (9 bits) | slot (7 bits) |
 *                        handle_frames[0..511]     128 a frame
 */
#pragma once

#include "object.h"
#include "thread.h"

#define HANDLE_TABLES_MAX 512

struct task {
    struct object object;
    struct machine_address_space space;

    uint32_t handle_limit;     /* handles 1 .. handle_limit - 1 exist */
    uint32_t handle_free;      /* head of the list of free slots; 0: none */
    uint32_t authority_handle; /* the memory authority that FAULT_MAP uses; 0: none */
    bool foreign;              /* every system call goes to the exception endpoint */
    bool dying;                /* OBJECT_DESTROY has begun */
    bool first;                /* the first task: it has nobody who would catch its faults */
    bool cycle_reported;       /* debug builds: said already that it calls its caller */

    struct binding fault_endpoint;
    struct binding exception_endpoint;

    struct thread *threads; /* all its threads */
    uint64_t callers;       /* how many threads await a reply from this task */

    uint64_t caller_cursor; /* dying: no caller has a frame below this number */
    uint64_t unmap_cursor;  /* dying: addresses below are unmapped */

    uint32_t handle_frames[HANDLE_TABLES_MAX]; /* frame numbers */
};

_Static_assert(sizeof(struct task) <= PAGE_SIZE, "a task has one frame");

/* The three frames were donated (the root as FRAME_PAGE_TABLE). */
struct task *task_create(uint64_t frame, uint64_t root, uint64_t handles);
/*
 * One bounded step of destruction: KERNEL_OK when nothing is left, or ERROR_AGAIN. The task
 * of the current thread is refused with ERROR_STATE.
 */
int task_destroy_step(struct task *task);
