/*
 * Belady's MIN. Resident pages are in a binary heap by their next use, the farthest on top.
 *
 * A page that hits has the smallest key of all: its next use was now. It sinks from where it is
 * never, it only rises, so a hit costs one way up.
 */
#include "exact.h"

#include <inttypes.h>
#include <stdlib.h>

#define NOT_RESIDENT UINT32_MAX
#define PROGRESS_STEP 65536u

struct heap_entry {
    uint32_t next_use, page;
};

struct farthest_heap {
    struct heap_entry *entries;
    uint32_t *place_of; /* of each page: its entry, or NOT_RESIDENT */
    uint32_t length;
};

uint64_t min_bytes(uint64_t frames, uint64_t pages)
{
    return (frames < pages ? frames : pages) * sizeof(struct heap_entry) + pages * sizeof(uint32_t);
}

bool next_uses(struct word_store *next, const struct reference_string *string,
               struct failure *failure)
{
    uint64_t count = string->references.count;
    if (count >= NEVER_AGAIN)
        return refuse(failure,
                      "min: %" PRIu64 " references are more than it can look ahead; sample", count);
    uint32_t *seen_at = malloc((size_t)string->pages.count * sizeof *seen_at);
    if (seen_at == NULL)
        return refuse(failure, "min: out of memory: %u pages", string->pages.count);
    if (!word_store_make(next, count, failure)) {
        free(seen_at);
        return false;
    }
    for (uint32_t page = 0; page < string->pages.count; page++)
        seen_at[page] = NEVER_AGAIN;
    for (uint64_t i = count; i-- > 0;) {
        uint32_t page = REFERENCE_PAGE(string->references.words[i]);
        next->words[i] = seen_at[page];
        seen_at[page] = (uint32_t)i;
    }
    free(seen_at);
    return true;
}

static void put(struct farthest_heap *heap, uint32_t place, struct heap_entry entry)
{
    heap->entries[place] = entry;
    heap->place_of[entry.page] = place;
}

static void rise(struct farthest_heap *heap, uint32_t place, struct heap_entry entry)
{
    while (place > 0) {
        uint32_t parent = (place - 1) / 2;
        if (heap->entries[parent].next_use >= entry.next_use)
            break;
        put(heap, place, heap->entries[parent]);
        place = parent;
    }
    put(heap, place, entry);
}

static void sink(struct farthest_heap *heap, struct heap_entry entry)
{
    uint32_t place = 0;
    for (;;) {
        uint64_t child = 2ull * place + 1;
        if (child >= heap->length)
            break;
        if (child + 1 < heap->length &&
            heap->entries[child + 1].next_use > heap->entries[child].next_use)
            child++;
        if (heap->entries[child].next_use <= entry.next_use)
            break;
        put(heap, place, heap->entries[child]);
        place = (uint32_t)child;
    }
    put(heap, place, entry);
}

static void miss(struct farthest_heap *heap, struct heap_entry entry, uint64_t frames)
{
    if (heap->length < frames) {
        rise(heap, heap->length++, entry);
        return;
    }
    heap->place_of[heap->entries[0].page] = NOT_RESIDENT;
    sink(heap, entry);
}

bool min_misses(const struct reference_string *string, const struct word_store *next,
                uint64_t frames, uint64_t *misses, _Atomic uint64_t *done, struct failure *failure)
{
    uint32_t pages = string->pages.count;
    uint64_t room = frames < pages ? frames : pages;
    struct farthest_heap heap = {
        .entries = malloc((room + 1) * sizeof *heap.entries),
        .place_of = malloc(((size_t)pages + 1) * sizeof *heap.place_of),
    };
    bool made = heap.entries != NULL && heap.place_of != NULL;
    for (uint32_t page = 0; made && page < pages; page++)
        heap.place_of[page] = NOT_RESIDENT;
    uint64_t count = made ? string->references.count : 0;
    *misses = 0;
    for (uint64_t i = 0; i < count; i++) {
        struct heap_entry entry = {next->words[i], REFERENCE_PAGE(string->references.words[i])};
        if (heap.place_of[entry.page] != NOT_RESIDENT) {
            rise(&heap, heap.place_of[entry.page], entry);
        } else {
            ++*misses;
            miss(&heap, entry, frames);
        }
        if (done != NULL && (i + 1) % PROGRESS_STEP == 0)
            atomic_fetch_add_explicit(done, PROGRESS_STEP, memory_order_relaxed);
    }
    if (done != NULL)
        atomic_fetch_add_explicit(done, count % PROGRESS_STEP, memory_order_relaxed);
    free(heap.entries);
    free(heap.place_of);
    return made || refuse(failure, "min: out of memory: %u pages", pages);
}
