/*
 * Descriptors and open files.
 *
 *      address space ---> descriptor table ---> open file ---> file object (or the console)
 *                         number -> open file   position, flags
 *                         current directory
 *
 * dup and fork make several descriptors share an open file and its position; Pintos's fork
 * (FORK_COPY_POSITIONS) gives the child open files of its own.
 */
#pragma once

#include "request.h"
#include "wait.h"

#include <quire/pager_protocol.h>

struct file_object;
struct fs_completion;
struct address_space;

enum open_kind { OPEN_KIND_FILE, OPEN_KIND_DIRECTORY, OPEN_KIND_CONSOLE };

struct open_file {
    uint32_t references;
    enum open_kind kind;
    uint32_t flags;           /* OPEN_ACCESS_MASK, OPEN_APPEND */
    struct file_object *file; /* NULL: console */
    uint64_t position;        /* bytes; directories: the fs-server's cookie */
    /* Calls that use the position, one at a time. */
    struct request *position_user;
    struct wait_queue position_waiters;
};

/* ---- open_file.c */
/* A new open file with one reference; takes over the reference on `file`. NULL: no memory (the
   reference on `file` stays the caller's). */
struct open_file *open_file_create(enum open_kind kind, struct file_object *file, uint32_t flags);
static inline void open_file_hold(struct open_file *open)
{
    open->references++;
}
/* Returns a write-back error of the file that nobody has been told of, at the last drop; else 0. */
int32_t open_file_drop(struct open_file *open);
uint64_t open_files_in_use(void);
struct open_file *open_file_console(bool output); /* immortal; held */

static inline bool open_file_reads(const struct open_file *open)
{
    return (open->flags & OPEN_ACCESS_MASK) != OPEN_WRITE;
}
static inline bool open_file_writes(const struct open_file *open)
{
    return (open->flags & OPEN_ACCESS_MASK) != OPEN_READ;
}

/* True: the request may use the position until open_file_position_release(). False: it is parked. */
bool open_file_position_take(struct open_file *open, struct request *request);
void open_file_position_release(struct open_file *open, struct request *request);

/* ---- descriptor.c */
struct open_file *descriptor_find(struct address_space *space, uint64_t descriptor);
/* The lowest free descriptor from `lowest` on, which then names `open` (takes over the reference).
   -EMFILE, -ENOMEM: nothing happened. */
int32_t descriptor_install(struct address_space *space, struct open_file *open, uint32_t lowest,
                           bool close_on_exec);
/* Makes exactly `descriptor` name `open` (takes over the reference); *old is what it named before. */
int32_t descriptor_replace(struct address_space *space, uint32_t descriptor, struct open_file *open,
                           struct open_file **old);
/* Takes the entry out; NULL: not open. The reference is the caller's. */
struct open_file *descriptor_take(struct address_space *space, uint64_t descriptor);
void descriptors_close_on_exec(struct address_space *space);
/* NULL: the root. */
struct file_object *current_directory(const struct address_space *space);
/* Takes over the reference. */
void current_directory_set(struct address_space *space, struct file_object *directory);
