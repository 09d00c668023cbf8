/*
 * The two lists of an expert's cache, of entries by number. Private to duel.c.
 *
 * An entry is in one list of a cache, or ABSENT; if the cache evicted it and it was not forgotten,
 * its view still has the time of the last use.
 */
#pragma once

#include "duel.h"

enum { ABSENT, QUEUE, LIR };

static inline struct duel_entry *entry_of(struct duel *duel, uint32_t number)
{
    return &duel->entries[number];
}

static inline struct duel_list *list_of(struct duel *duel, size_t which, uint32_t number)
{
    struct duel_cache *cache = &duel->cache[which];
    return entry_of(duel, number)->place[which] == LIR ? &cache->lir : &cache->queue;
}

static inline void take_out(struct duel *duel, size_t which, uint32_t number)
{
    struct duel_list *list = list_of(duel, which, number);
    const struct duel_view *view = &entry_of(duel, number)->view[which];
    *(view->previous != 0 ? &entry_of(duel, view->previous)->view[which].next : &list->front) =
        view->next;
    *(view->next != 0 ? &entry_of(duel, view->next)->view[which].previous : &list->back) =
        view->previous;
    list->length--;
    entry_of(duel, number)->place[which] = ABSENT;
}

static inline void put_back(struct duel *duel, size_t which, uint32_t number, uint8_t place)
{
    entry_of(duel, number)->place[which] = place;
    struct duel_list *list = list_of(duel, which, number);
    struct duel_view *view = &entry_of(duel, number)->view[which];
    view->next = 0;
    view->previous = list->back;
    *(list->back != 0 ? &entry_of(duel, list->back)->view[which].next : &list->front) =
        (uint16_t)number;
    list->back = (uint16_t)number;
    list->length++;
}

/* As one that was used now. */
static inline void put_used(struct duel *duel, size_t which, uint32_t number, uint8_t place)
{
    entry_of(duel, number)->view[which].time = ++duel->time;
    put_back(duel, which, number, place);
}

/* Not longer ago than the last use of the LIR page that was used least recently. */
static inline bool is_recent(struct duel *duel, size_t which, uint32_t number)
{
    uint32_t bottom = duel->cache[which].lir.front;
    return bottom != 0 && not_earlier(entry_of(duel, number)->view[which].time,
                                      entry_of(duel, bottom)->view[which].time);
}
