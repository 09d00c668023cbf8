/*
 * See frame_map.h.
 */
#include "frame_map.h"

#include <inttypes.h>
#include <stdlib.h>

static bool add_chunk(struct frame_map *map)
{
    struct frame_entry **chunks =
        realloc(map->chunks, (map->chunk_count + 1) * sizeof(struct frame_entry *));
    if (chunks == NULL)
        return false;
    map->chunks = chunks;
    chunks[map->chunk_count] = calloc(FRAME_CHUNK, sizeof(struct frame_entry));
    if (chunks[map->chunk_count] == NULL)
        return false;
    map->chunk_count++;
    return true;
}

struct frame_entry *frame_entry(struct frame_map *map, uint64_t frame, const char *name,
                                uint64_t offset, struct failure *failure)
{
    uint32_t number;
    if (frame >= TRACE_NO_FRAME) {
        refuse(failure, "%s: no frame has the number %" PRIu64 " (offset %" PRIu64 ")", name, frame,
               offset);
        return NULL;
    }
    if (!page_number(&map->frames, (struct page_key){0, frame}, &number) ||
        (number / FRAME_CHUNK == map->chunk_count && !add_chunk(map))) {
        refuse(failure, "%s: out of memory: frame %" PRIu64 " (offset %" PRIu64 ")", name, frame,
               offset);
        return NULL;
    }
    struct frame_entry *entry = &map->chunks[number / FRAME_CHUNK][number % FRAME_CHUNK];
    entry->frame = (uint32_t)frame;
    return entry;
}

struct frame_entry *frame_entry_of(const struct frame_map *map, const struct policy_page *page)
{
    for (uint32_t i = 0; i < map->chunk_count; i++) {
        uintptr_t distance = (uintptr_t)page - (uintptr_t)map->chunks[i];
        if (distance < FRAME_CHUNK * sizeof(struct frame_entry))
            return distance % sizeof(struct frame_entry) == 0
                       ? &map->chunks[i][distance / sizeof(struct frame_entry)]
                       : NULL;
    }
    return NULL;
}

void frame_map_free(struct frame_map *map)
{
    for (uint32_t i = 0; i < map->chunk_count; i++)
        free(map->chunks[i]);
    free(map->chunks);
    page_numbers_free(&map->frames);
    *map = (struct frame_map){0};
}
