/*
 * pthread_create() and the end of threads: see thread.h.
 *
 *      JOINABLE --join--> JOINED       the one who joins waits for the end and unmaps the stack
 *          |  \---detach--> DETACHED --end--> in the list `ending`, unmapped by a later create
 *          \---end--> ENDED --join or detach--> JOINED
 *
 * A thread cannot unmap the stack it runs on, so those of detached ones are left to the next
 * pthread_create().
 */
#include "thread.h"
#include "calls.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define STACK_BYTES (1u << 20) /* address space only: pages come when touched */
#define STACK_ALIGNMENT 16

/* The thread-local variables' first contents and sizes: libsys/program.ld. The addresses of the
   second to fourth are the numbers. */
extern const char program_tls_start[], program_tls_image_bytes[], program_tls_bytes[],
    program_tls_alignment[];

static struct thread without_variables = {.id = PAGER_FIRST_THREAD};
static struct thread *first_thread = &without_variables;
static bool fs_base_is_set;
static struct lock ending_lock;
static struct thread *ending; /* detached ones that have ended or are about to */

/* ---------------------------------------------------------------- records */

struct thread *thread_self(void)
{
    struct thread *self = first_thread;
    if (fs_base_is_set)
        __asm__("movq %%fs:0, %0" : "=r"(self));
    return self;
}

int *errno_location(void)
{
    return &thread_self()->error;
}

static size_t round_up(size_t bytes, size_t alignment)
{
    return (bytes + alignment - 1) & ~(alignment - 1);
}

static size_t record_alignment(void)
{
    size_t alignment = (size_t)program_tls_alignment;
    return alignment > _Alignof(struct thread) ? alignment : _Alignof(struct thread);
}

/* What variables and record take of memory that begins anywhere. */
static size_t record_bytes(void)
{
    size_t alignment = record_alignment();
    return round_up((size_t)program_tls_bytes, alignment) + alignment + sizeof(struct thread);
}

/* The record with its variables, as high as possible below `end`. */
static struct thread *make_record(char *end)
{
    size_t alignment = record_alignment();
    uintptr_t address = ((uintptr_t)end - sizeof(struct thread)) & ~(alignment - 1);
    struct thread *thread = (struct thread *)address;
    char *variables = (char *)thread - round_up((size_t)program_tls_bytes, alignment);
    memset(variables, 0, (size_t)((char *)thread - variables));
    memcpy(variables, program_tls_start, (size_t)program_tls_image_bytes);
    *thread = (struct thread){.self = thread};
    return thread;
}

static void set_fs_base(struct thread *thread)
{
    thread->self = thread;
    sys_thread(0, THREAD_SET_FS_BASE, (uintptr_t)thread, 0);
    fs_base_is_set = true;
}

void threads_initialize(void)
{
    if ((size_t)program_tls_bytes == 0)
        return;
    char *memory = malloc(record_bytes());
    if (memory == NULL)
        abort();
    first_thread = make_record(memory + record_bytes());
    first_thread->id = PAGER_FIRST_THREAD;
    set_fs_base(first_thread);
}

/* ---------------------------------------------------------------- beginning */

/* The pager gives the id as second argument: the creator may not have stored it yet. */
static _Noreturn void thread_main(struct thread *self, uint64_t id)
{
    self->id = id;
    pthread_exit(self->routine(self->argument));
}

/* Waits for the end of detached threads that announced it, and unmaps their stacks. */
static void reap(void)
{
    if (__atomic_load_n(&ending, __ATOMIC_RELAXED) == NULL)
        return;
    lock_take(&ending_lock);
    struct thread *thread = ending;
    ending = NULL;
    lock_release(&ending_lock);
    while (thread != NULL) {
        struct thread *next = thread->next;
        server_call(PAGER_HANDLE, PAGER_THREAD_WAIT, thread->id, 0, 0, 0, 0, 0);
        munmap(thread->mapping, thread->mapping_bytes);
        thread = next;
    }
}

static char *map_stack(size_t guard_bytes, size_t bytes)
{
    char *mapping = mmap(NULL, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mapping == MAP_FAILED)
        return NULL;
    if (mprotect(mapping + guard_bytes, bytes - guard_bytes, PROT_READ | PROT_WRITE) == 0)
        return mapping;
    munmap(mapping, bytes);
    return NULL;
}

static bool had_second_thread;

int pthread_create(pthread_t *created, const pthread_attr_t *attributes, void *(*routine)(void *),
                   void *argument)
{
    static const pthread_attr_t usual = {STACK_BYTES, PAGE_SIZE, PTHREAD_CREATE_JOINABLE};
    if (attributes == NULL)
        attributes = &usual;
    reap();
    size_t guard = round_up(attributes->guard_bytes, PAGE_SIZE);
    size_t bytes = guard + round_up(attributes->stack_bytes + record_bytes(), PAGE_SIZE);
    int kept = errno;
    char *mapping = map_stack(guard, bytes);
    errno = kept;
    if (mapping == NULL)
        return EAGAIN;
    struct thread *thread = make_record(mapping + bytes);
    thread->routine = routine;
    thread->argument = argument;
    thread->mapping = mapping;
    thread->mapping_bytes = bytes;
    thread->fate = attributes->detached ? THREAD_DETACHED : THREAD_JOINABLE;
    if (!fs_base_is_set)
        set_fs_base(first_thread);

    /* As after a call: the stack pointer is 8 below a multiple of 16. */
    uintptr_t stack = (uintptr_t)thread - round_up((size_t)program_tls_bytes, record_alignment());
    stack = (stack & ~(uintptr_t)(STACK_ALIGNMENT - 1)) - sizeof(uint64_t);
    /* A detached thread may be gone, with its record, before the call is back. */
    bool joinable = thread->fate == THREAD_JOINABLE;
    *created = thread;
    had_second_thread = true;
    struct call_result result =
        server_call(PAGER_HANDLE, PAGER_THREAD_CREATE, (uintptr_t)thread_main, stack,
                    (uintptr_t)thread, (uintptr_t)thread, 0, 0);
    if (result.result < 0) {
        munmap(mapping, bytes);
        return EAGAIN;
    }
    if (joinable)
        thread->id = result.word[0];
    return 0;
}

/* ---------------------------------------------------------------- the end */

static bool change_fate(struct thread *thread, uint32_t from, uint32_t to)
{
    return __atomic_compare_exchange_n(&thread->fate, &from, to, false, __ATOMIC_ACQ_REL,
                                       __ATOMIC_ACQUIRE);
}

static void add_to_ending(struct thread *thread)
{
    lock_take(&ending_lock);
    thread->next = ending;
    ending = thread;
    lock_release(&ending_lock);
}

_Noreturn void pthread_exit(void *result)
{
    struct thread *self = thread_self();
    self->result = result;
    if (!change_fate(self, THREAD_JOINABLE, THREAD_ENDED) && self->fate == THREAD_DETACHED &&
        self->mapping != NULL)
        add_to_ending(self);
    server_call(PAGER_HANDLE, PAGER_THREAD_EXIT, 0, 0, 0, 0, 0, 0);
    /* Refused: no other thread is left. */
    exit(0);
}

int pthread_join(pthread_t thread, void **result)
{
    if (thread == thread_self())
        return EDEADLK;
    if (!change_fate(thread, THREAD_JOINABLE, THREAD_JOINED) &&
        !change_fate(thread, THREAD_ENDED, THREAD_JOINED))
        return EINVAL;
    server_call(PAGER_HANDLE, PAGER_THREAD_WAIT, thread->id, 0, 0, 0, 0, 0);
    if (result != NULL)
        *result = thread->result;
    if (thread->mapping != NULL)
        munmap(thread->mapping, thread->mapping_bytes);
    return 0;
}

int pthread_detach(pthread_t thread)
{
    if (change_fate(thread, THREAD_JOINABLE, THREAD_DETACHED))
        return 0;
    if (!change_fate(thread, THREAD_ENDED, THREAD_JOINED))
        return EINVAL;
    if (thread->mapping != NULL)
        add_to_ending(thread);
    return 0;
}

pthread_t pthread_self(void)
{
    return thread_self();
}

int pthread_equal(pthread_t left, pthread_t right)
{
    return left == right;
}

int sched_yield(void)
{
    sys_thread(0, THREAD_YIELD, 0, 0);
    return 0;
}

/* ---------------------------------------------------------------- fork */

/* A program that never had a second thread has no lock to take, and its child no page to copy
   for having released it. */
void threads_before_fork(void)
{
    if (!had_second_thread)
        return;
    streams_lock();
    memory_lock();
    lock_take(&ending_lock);
}

void threads_after_fork(bool in_child)
{
    if (!had_second_thread)
        return;
    if (in_child) {
        /* The others' stacks are copied memory that nobody will run on again: it stays. */
        thread_self()->id = PAGER_FIRST_THREAD;
        ending = NULL;
    }
    lock_release(&ending_lock);
    memory_unlock();
    streams_unlock(in_child);
}
