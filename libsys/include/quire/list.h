/*
 * A doubly linked list whose links lie in the elements: nothing is allocated, and an element
 * leaves in O(1) without knowing its list.
 *
 *      head <-> element <-> element <-> head       an empty head links to itself
 *
 * A link that is in no list links to itself too, so that removing it twice does no harm.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct list_link {
    struct list_link *next, *previous;
};

/* The structure that holds `link` as its member `member`. */
#define LIST_ENTRY(link, type, member) ((type *)(void *)((char *)(link)-offsetof(type, member)))

/* `link` runs over the list; the body may remove `link` itself, but no other element. */
#define LIST_FOR_EACH(link, head)                                                          \
    for (struct list_link *link = (head)->next, *link##_next = link->next; link != (head); \
         link = link##_next, link##_next = link->next)

static inline void list_initialize(struct list_link *link)
{
    link->next = link;
    link->previous = link;
}

static inline bool list_is_empty(const struct list_link *head)
{
    return head->next == head;
}

static inline void list_insert_between(struct list_link *link, struct list_link *previous,
                                       struct list_link *next)
{
    link->previous = previous;
    link->next = next;
    previous->next = link;
    next->previous = link;
}

static inline void list_append(struct list_link *head, struct list_link *link)
{
    list_insert_between(link, head->previous, head);
}

static inline void list_prepend(struct list_link *head, struct list_link *link)
{
    list_insert_between(link, head, head->next);
}

static inline void list_remove(struct list_link *link)
{
    link->previous->next = link->next;
    link->next->previous = link->previous;
    list_initialize(link);
}

/* NULL when the list is empty. */
static inline struct list_link *list_first(const struct list_link *head)
{
    return list_is_empty(head) ? NULL : head->next;
}

static inline struct list_link *list_last(const struct list_link *head)
{
    return list_is_empty(head) ? NULL : head->previous;
}

static inline struct list_link *list_remove_first(struct list_link *head)
{
    struct list_link *link = list_first(head);
    if (link != NULL)
        list_remove(link);
    return link;
}
