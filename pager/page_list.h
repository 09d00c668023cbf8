/*
 * Lists of frames that hold no page of a program: links in their descriptors, by frame number.
 * Used for FREE, DONATION and TABLE frames and for a slab's WIRED ones, each in one list at most.
 */
#pragma once

#include "page.h"

#include <stddef.h>

struct page_list {
    uint32_t front, back; /* 0: empty */
    uint64_t length;
};

static inline struct page *page_list_front(const struct page_list *list)
{
    return list->front != 0 ? &PAGES[list->front] : NULL;
}

static inline void page_list_push_front(struct page_list *list, struct page *page)
{
    uint32_t frame = (uint32_t)page_frame(page), front = list->front;
    page->next_frame = front;
    page->previous_frame = 0;
    if (front != 0)
        PAGES[front].previous_frame = frame;
    else
        list->back = frame;
    list->front = frame;
    list->length++;
}

/* Leaves both links 0, as a page wants its mappings (page.h). */
static inline void page_list_remove(struct page_list *list, struct page *page)
{
    uint32_t next = page->next_frame, previous = page->previous_frame;
    if (previous != 0)
        PAGES[previous].next_frame = next;
    else
        list->front = next;
    if (next != 0)
        PAGES[next].previous_frame = previous;
    else
        list->back = previous;
    page->next_frame = page->previous_frame = 0;
    list->length--;
}

/* As page_list_remove() of the front, which is there. */
static inline struct page *page_list_pop(struct page_list *list)
{
    struct page *page = &PAGES[list->front];
    uint32_t next = page->next_frame;
    list->front = next;
    if (next != 0)
        PAGES[next].previous_frame = 0;
    else
        list->back = 0;
    page->next_frame = page->previous_frame = 0;
    list->length--;
    return page;
}
