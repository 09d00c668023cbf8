/*
 * Debug builds: who calls whom in a circle. See call_cycle.h.
 */
#include "call_cycle.h"

#ifdef QUIRE_DEBUG

/* Threads of the called task that are looked at: a bound, not a promise to find all. */
#define CHECK_MAX 64

/* The task that the thread waits for, by birth; 0: none. */
static uint64_t awaited_task(const struct thread *thread)
{
    switch (thread->state) {
    case THREAD_AWAITING_REPLY: return thread->server->object.birth;
    case THREAD_SENDING: return thread->endpoint->server;
    default: return 0;
    }
}

/* The task that waited here last may be gone, and its frame be anything. */
static bool server_lives(const struct endpoint *endpoint)
{
    const struct task *task = endpoint->server_task;
    return task != NULL &&
           frame_of_pointer(task)->tag == FRAME_TAG(FRAME_OBJECT, OBJECT_FRAME_TASK) &&
           task->object.birth == endpoint->server;
}

/* Faults do not count: the pager below never calls the faulting task. */
void call_cycle_check(struct endpoint *endpoint, struct thread *sender)
{
    struct task *caller = sender->task;
    if (sender->kind != MESSAGE_CALL || caller->cycle_reported || !server_lives(endpoint))
        return;
    const struct thread *other = endpoint->server_task->threads;
    for (unsigned i = 0; i < CHECK_MAX && other != NULL; i++, other = other->next_in_task) {
        if (other == sender || other->kind != MESSAGE_CALL ||
            awaited_task(other) != caller->object.birth)
            continue;
        caller->cycle_reported = true;
        print("call cycle: task %lu (thread %lu, name %lx) calls task %lu, whose thread %lu "
              "(name %lx) waits for it\n",
              (unsigned long)caller->object.birth, (unsigned long)sender->object.birth,
              (unsigned long)sender->name, (unsigned long)endpoint->server,
              (unsigned long)other->object.birth, (unsigned long)other->name);
        return;
    }
}

#endif
