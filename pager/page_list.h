/*
 * Lists of frames that hold no page of a program: links in their descriptors, by frame number.
 * Used for FREE, DONATION and TABLE frames and for a slab's WIRED ones, each in one list at most.
 */
#pragma once

#include "page.h"

#include <stddef.h>

struct page_list {
    struct page *front, *back;
    uint64_t length;
};

static inline void page_list_push_front(struct page_list *list, struct page *page)
{
    struct page *front = list->front;
    page->previous_frame = 0;
    if (front != NULL) {
        page->next_frame = (uint32_t)page_frame(front);
        front->previous_frame = (uint32_t)page_frame(page);
    } else {
        page->next_frame = 0;
        list->back = page;
    }
    list->front = page;
    list->length++;
}

/* Leaves both links 0, as a page wants its mappings (page.h). */
static inline void page_list_remove(struct page_list *list, struct page *page)
{
    uint32_t next = page->next_frame, previous = page->previous_frame;
    if (previous != 0)
        PAGES[previous].next_frame = next;
    else
        list->front = next != 0 ? &PAGES[next] : NULL;
    if (next != 0)
        PAGES[next].previous_frame = previous;
    else
        list->back = previous != 0 ? &PAGES[previous] : NULL;
    page->next_frame = page->previous_frame = 0;
    list->length--;
}

/* As page_list_remove() of the front; NULL: the list is empty. */
static inline struct page *page_list_pop(struct page_list *list)
{
    struct page *page = list->front;
    if (page != NULL)
        page_list_remove(list, page);
    return page;
}
