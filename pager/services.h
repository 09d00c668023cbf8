/*
 * What the rest of the pager offers to memory and files: deaths, console, options, descriptors,
 * the event loop's timer.
 */
#pragma once

#include "request.h"
#include <quire/pager_protocol.h>

struct file_object;
struct address_space;

/* Kernel handles of the pager, valid from the start of main.c on. */
extern uint32_t pager_endpoint;     /* badge 0, all rights: copies for tasks get the space's id */
extern uint32_t pager_notification; /* bound to the pager's thread, all rights */

/* Priorities of threads: higher runs first. What others wait for comes before those who wait, so that a
   program that computes without end keeps nobody from being served. */
enum {
    PRIORITY_CONSOLE = 28,
    PRIORITY_FS_SERVER = 26,
    PRIORITY_PAGER = 24,
    PRIORITY_POLICY_TASK = 23,
    PRIORITY_INIT = 20,
    PRIORITY_PROGRAM = 16,
};

/*
 * The program is stopped for good; init hears of it. A second death of one space is ignored. Requests
 * under way end without a reply; a step that calls this for its own caller
 * returns REQUEST_DONE next.
 */
void process_die(struct address_space *space, enum death_reason reason, uint64_t address,
                 uint64_t ip);

/* One console line of the pager itself ("pager: ..."). */
void console_message(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The value of `name=value` on the command line ("" for a word without one); NULL: not given. */
const char *option_text(const char *name);
uint64_t option_number(const char *name, uint64_t otherwise); /* K, M, G suffixes */

/* The file behind a descriptor for mmap: object held, or NULL with *error (-EBADF, -EACCES, -ENODEV). */
struct file_object *descriptor_file(struct address_space *space, int32_t descriptor,
                                    bool write_shared, int32_t *error);
int32_t descriptors_fork(struct address_space *parent, struct address_space *child, uint32_t flags);
int32_t descriptors_create(struct address_space *space); /* 0, 1, 2: console */
void descriptors_destroy(struct address_space *space);

/* The wired frame of struct statistics_page, for region_map_statistics(). */
uint64_t statistics_page_physical(void);

uint64_t clock_now(void); /* nanoseconds since boot */
/*
 * The event loop wakes at this time (absolute nanoseconds) at the latest and calls background_tick()
 * and swap_interrupt(). The earliest request counts; it is forgotten once it came.
 */
void timer_wake_at(uint64_t nanoseconds);
/* Resumes the waiter after other messages had their turn: for work that is done in bounded pieces. */
void event_loop_yield(struct waiter *waiter);
