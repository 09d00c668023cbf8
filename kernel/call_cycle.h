/*
 * Debug builds: calls go down, never up. When a task calls another that itself waits for the
 * first, both will wait for ever; say who. Release builds compile this to nothing.
 */
#pragma once

#include "endpoint.h"
#include "task.h"

#ifdef QUIRE_DEBUG
/* `thread` waits at the endpoint: its task is the one that serves it. */
static inline void call_cycle_note_server(struct endpoint *endpoint, const struct thread *thread)
{
    endpoint->server_task = thread->task;
    endpoint->server = thread->task->object.birth;
}

void call_cycle_check(struct endpoint *endpoint, struct thread *sender);
#else
static inline void call_cycle_note_server(struct endpoint *endpoint, const struct thread *thread)
{
    (void)endpoint;
    (void)thread;
}

static inline void call_cycle_check(struct endpoint *endpoint, struct thread *sender)
{
    (void)endpoint;
    (void)sender;
}
#endif
