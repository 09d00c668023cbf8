/*
 * How boot code makes the first task, the pager, out of frames that it takes from the free
 * ones. Everything here panics on failure: there is nobody to report to yet.
 */
#pragma once

#include "task.h"

/* Free frames of the frame table, in blocks of any kind: no window exists yet. */
struct first_task_frames {
    uint64_t task, root, handles, thread, objects;
};

/* The scheduler of this CPU; before anything else of the core but the frame table. */
void core_initialize(void);
/* The task, its thread (stopped) and the handles of enum boot_handle. */
struct thread *first_task_create(const struct first_task_frames *frames);
/* Maps a free frame of RAM; take_frame gives a free frame for each missing page table. */
void first_task_map(struct task *task, uint64_t address, uint64_t descriptor,
                    uint64_t (*take_frame)(void));
/* Runnable from `entry`; machine_resume() then runs it. */
void first_task_start(struct thread *thread, uint64_t entry, uint64_t stack);
