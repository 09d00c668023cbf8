/*
 * An intrusive doubly linked queue. A link that is in no queue points to itself, so
 * removing twice is harmless and membership can be asked.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct queue {
    struct queue *next, *previous;
};

#define QUEUE_OWNER(link, type, member) ((type *)(void *)((char *)(link)-offsetof(type, member)))

static inline void queue_init(struct queue *link)
{
    link->next = link->previous = link;
}

static inline bool queue_is_empty(const struct queue *head)
{
    return head->next == head;
}

static inline void queue_remove(struct queue *link)
{
    link->previous->next = link->next;
    link->next->previous = link->previous;
    queue_init(link);
}

/* Inserts before `position`; with the head as position that is the end of the queue. */
static inline void queue_insert_before(struct queue *position, struct queue *link)
{
    link->previous = position->previous;
    link->next = position;
    position->previous->next = link;
    position->previous = link;
}

static inline void queue_push(struct queue *head, struct queue *link)
{
    queue_insert_before(head, link);
}

/* Takes the first link out; NULL when there is none. */
static inline struct queue *queue_pop(struct queue *head)
{
    struct queue *first = head->next;
    if (first == head)
        return NULL;
    queue_remove(first);
    return first;
}

/* Moves all of `from` to the end of `to`. */
static inline void queue_append(struct queue *to, struct queue *from)
{
    struct queue *link;
    while ((link = queue_pop(from)) != NULL)
        queue_push(to, link);
}
