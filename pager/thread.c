/*
 * Threads of programs. The first is part of the address space; this file makes the others, in object
 * frames of their own, and ends them.
 *
 *      PAGER_THREAD_CREATE --> runs --PAGER_THREAD_EXIT--> gone; PAGER_THREAD_WAIT of its id returns
 *                                \-- exec, exit, death of the process: all go
 *
 * Ids count from 1, the first thread, and are not used again in one program, so that nothing has to be
 * kept of a thread that ended. Who calls is told by the reply token, whose upper half is the number of
 * the frame that the thread lives in (docs/system-calls/reply.md): a program cannot lie about it.
 */
#include "thread.h"
#include "address_space.h"
#include "console.h"
#include "dispatch.h"
#include "memory.h"
#include "services.h"

#include <quire/errno.h>

#define TOKEN_FRAME(token) ((token) >> 32 << PAGE_SHIFT)

struct program_thread {
    struct list_link link; /* in the space's list */
    uint64_t id;
    uint64_t frame; /* donated for the kernel's object */
    uint32_t handle;
};

static struct slab thread_slab = SLAB_INITIALIZER(struct program_thread);

static struct program_thread *thread_of(struct list_link *link)
{
    return LIST_ENTRY(link, struct program_thread, link);
}

static bool is_alive(const struct address_space *space, uint64_t id)
{
    if (id == PAGER_FIRST_THREAD)
        return !space->first_thread_ended;
    LIST_FOR_EACH (link, &space->threads)
        if (thread_of(link)->id == id)
            return true;
    return false;
}

static void destroy(struct address_space *space, struct program_thread *thread)
{
    while (sys_object_destroy(thread->handle) == ERROR_AGAIN)
        ;
    donation_return(thread->frame);
    list_remove(&thread->link);
    space->thread_count--;
    slab_free(&thread_slab, thread);
}

/* ---------------------------------------------------------------- all of a program */

static void stop(const struct address_space *space, uint32_t handle)
{
    int64_t status = sys_thread_stop(handle);
    if (status != KERNEL_OK)
        console_message("process %u cannot be stopped (%ld)", space->id, (long)status);
}

void threads_stop(struct address_space *space)
{
    stop(space, space->thread);
    LIST_FOR_EACH (link, &space->threads)
        stop(space, thread_of(link)->handle);
    /* Nobody is left to wait for anything: a line that is typed later must not vanish. */
    requests_cancel(space);
    address_waits_forget(space);
    wait_queue_wake(&space->thread_ended, 0);
}

void threads_release(struct address_space *space)
{
    LIST_FOR_EACH (link, &space->threads)
        destroy(space, thread_of(link));
    space->last_thread = PAGER_FIRST_THREAD;
    space->first_thread_ended = false;
}

/* ---------------------------------------------------------------- calls */

enum request_status thread_create_step(struct request *request)
{
    struct address_space *space = request->space;
    const uint64_t *words = request->message.words;
    struct thread_registers registers = {
        .rip = words[0],
        .rsp = words[1],
        .rdi = words[2],
        .rsi = space->last_thread + 1,
        .fs_base = words[3],
        .rflags = 0x202, /* interrupts on; bit 1 is always set */
    };
    if (words[0] >= PROGRAM_ADDRESS_LIMIT || words[1] >= PROGRAM_ADDRESS_LIMIT ||
        words[3] >= PROGRAM_ADDRESS_LIMIT)
        return request_done(request, -EINVAL);

    uint64_t frame = donation_take(PAGE_STATE_OBJECT);
    struct program_thread *thread = frame != 0 ? slab_allocate(&thread_slab) : NULL;
    int64_t handle = thread != NULL ? address_space_make_thread(space, frame) : ERROR_NO_SPACE;
    if (handle < 0) {
        if (thread != NULL)
            slab_free(&thread_slab, thread);
        if (frame != 0)
            donation_return(frame);
        return request_done(request, -ENOMEM);
    }
    *thread = (struct program_thread){
        .id = ++space->last_thread, .frame = frame, .handle = (uint32_t)handle};
    list_append(&space->threads, &thread->link);
    space->thread_count++;
    if (sys_thread_set_registers(thread->handle, &registers) != KERNEL_OK ||
        sys_thread_start(thread->handle) != KERNEL_OK) {
        destroy(space, thread);
        return request_done(request, -EINVAL);
    }
    request->value[0] = thread->id;
    return request_done(request, 0);
}

enum request_status thread_exit_step(struct request *request)
{
    struct address_space *space = request->space;
    uint64_t frame = TOKEN_FRAME(request->message.reply_token);
    struct program_thread *caller = NULL;
    LIST_FOR_EACH (link, &space->threads)
        if (thread_of(link)->frame == frame)
            caller = thread_of(link);
    unsigned running = !space->first_thread_ended + space->thread_count;
    if (running == 1)
        return request_done(request, -EBUSY);
    if (caller != NULL) {
        destroy(space, caller);
    } else {
        stop(space, space->thread);
        space->first_thread_ended = true;
    }
    wait_queue_wake(&space->thread_ended, 0);
    request->no_reply = true;
    return REQUEST_DONE;
}

enum request_status thread_wait_step(struct request *request)
{
    struct address_space *space = request->space;
    uint64_t id = request->message.words[0];
    if (id < PAGER_FIRST_THREAD || id > space->last_thread)
        return request_done(request, -ESRCH);
    if (!is_alive(space, id))
        return request_done(request, 0);
    wait_queue_add(&space->thread_ended, &request->waiter);
    return REQUEST_PARKED;
}
