/*
 * A machine for the kernel core to run on inside a test: an arena is physical memory, the
 * test's own memory is every task's user memory, and what the core asks of the hardware is
 * written down.
 */
#pragma once

/* cmocka.h wants these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "first_task.h"
#include "handle.h"
#include "page_table.h"
#include "scheduler.h"
#include <quire/boot_information.h>

#define ARENA_BYTES (8ull << 20)
/* Addresses below are not readable for copy_from_user(). */
#define FAKE_UNREADABLE_BELOW 4096ull

struct fake_machine {
    uint64_t nanoseconds;
    uint64_t timer; /* armed for; 0: disarmed */
    unsigned page_flushes, space_flushes;
    uint64_t next_frame; /* of fake_take_frame() */
};
extern struct fake_machine fake;

/* A fresh machine with a first task; its thread is current. cmocka set-up functions. */
int fake_set_up(void **state);
int fake_tear_down(void **state);

struct thread *fake_first_thread(void);
uint64_t fake_take_frame(void);
/* A thread that awaits a reply from the task, or NULL. */
struct thread *fake_caller_of(const struct task *task);
/* Makes a system call for the current thread; returns its status. */
int64_t fake_call(uint64_t number, uint64_t rdi, uint64_t rsi, uint64_t rdx, uint64_t r8,
                  uint64_t r9, uint64_t r10);
/* SYS_OBJECT_CREATE in the first task; the handle or an error. */
int64_t fake_create(enum object_type type, uint32_t parent, uint64_t argument, uint64_t frame0,
                    uint64_t frame1, uint64_t frame2, uint32_t slot);
/* A small object in a frame of its own. */
uint32_t fake_make(enum object_type type);
/* A ready thread of the task, which must be named by a handle. */
uint32_t fake_make_thread(uint32_t task);
