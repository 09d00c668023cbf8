/*
 * Deliberately naive models of replacement algorithms, to check the real ones against: an array
 * in order, searched from one end to the other. Written from the textbook definition only.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define NAIVE_CAPACITY_MAX 64

struct naive_cache {
    uint32_t capacity, count;
    bool second_chance;                 /* Clock; else FIFO */
    uint64_t pages[NAIVE_CAPACITY_MAX]; /* oldest first */
    bool referenced[NAIVE_CAPACITY_MAX];
    uint64_t misses;
};

static inline void naive_drop_first(struct naive_cache *cache)
{
    cache->count--;
    memmove(cache->pages, cache->pages + 1, cache->count * sizeof *cache->pages);
    memmove(cache->referenced, cache->referenced + 1, cache->count * sizeof *cache->referenced);
}

static inline void naive_append(struct naive_cache *cache, uint64_t page)
{
    cache->pages[cache->count] = page;
    cache->referenced[cache->count++] = false;
}

/* true: a hit. */
static inline bool naive_access(struct naive_cache *cache, uint64_t page)
{
    for (uint32_t i = 0; i < cache->count; i++) {
        if (cache->pages[i] == page) {
            cache->referenced[i] = true;
            return true;
        }
    }
    cache->misses++;
    while (cache->count == cache->capacity) {
        uint64_t first = cache->pages[0];
        bool again = cache->second_chance && cache->referenced[0];
        naive_drop_first(cache);
        if (again)
            naive_append(cache, first);
    }
    naive_append(cache, page);
    return false;
}
