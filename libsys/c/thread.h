/*
 * Threads inside the library. The FS base points to the thread's own record; thread-local variables
 * lie below it, as the compiler has it (x86-64 ABI, TLS variant II):
 *
 *      mapping of a thread made by pthread_create()
 *      | guard | stack ................ <- | thread-local variables | struct thread |
 *                                                                   ^ FS base
 *
 * The first thread's stack is the program's. A program without thread-local variables and with one
 * thread never sets an FS base: it would cost every switch to it.
 */
#pragma once

#include "lock.h"

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

enum thread_fate {
    THREAD_JOINABLE = 0, /* runs */
    THREAD_JOINED,       /* somebody waits for its end, or has */
    THREAD_DETACHED,     /* runs; its memory is given back when it has ended */
    THREAD_ENDED,        /* nobody has waited yet */
};

struct thread {
    struct thread *self; /* where the ABI wants it */
    uint64_t id;         /* the pager's */
    int error;           /* errno */
    uint32_t fate;
    void *(*routine)(void *);
    void *argument, *result;
    char *mapping; /* NULL: the first thread */
    size_t mapping_bytes;
    struct thread *next; /* in the list of detached ones that end */
};

/* Before main(): thread-local variables of the first thread, if the program has any. */
void threads_initialize(void);
struct thread *thread_self(void);
/* Around fork(): the child is a copy of the calling thread only. */
void threads_before_fork(void);
void threads_after_fork(bool in_child);

/* ---- malloc.c, stream.c: their locks, for fork() */
void memory_lock(void);
void memory_unlock(void);
void streams_lock(void);
/* In the child no other thread holds any stream. */
void streams_unlock(bool in_child);
