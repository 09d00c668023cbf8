/*
 * See frame_map.h.
 */
#include "frame_map.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct frame_entry *frame_entry(struct frame_map *map, uint64_t frame, const char *name,
                                uint64_t offset, struct failure *failure)
{
    uint32_t number;
    if (frame >= TRACE_NO_FRAME) {
        refuse(failure, "%s: no frame has the number %" PRIu64 " (offset %" PRIu64 ")", name, frame,
               offset);
        return NULL;
    }
    bool known = page_number(&map->frames, (struct page_key){0, frame}, &number);
    if (known && number < map->room)
        return &map->entries[number];
    uint32_t room = map->frames.room;
    struct frame_entry *entries = known ? realloc(map->entries, room * sizeof *entries) : NULL;
    if (entries == NULL) {
        refuse(failure, "%s: out of memory: frame %" PRIu64 " (offset %" PRIu64 ")", name, frame,
               offset);
        return NULL;
    }
    memset(entries + map->room, 0, (room - map->room) * sizeof *entries);
    map->entries = entries;
    map->room = room;
    return &entries[number];
}

void frame_map_free(struct frame_map *map)
{
    page_numbers_free(&map->frames);
    free(map->entries);
    *map = (struct frame_map){0};
}
