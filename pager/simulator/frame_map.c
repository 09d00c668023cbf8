/*
 * See frame_map.h.
 */
#include "frame_map.h"

#include <inttypes.h>
#include <sys/mman.h>

/* Memory comes with the first touch; that entries stay where they are takes the whole range now. */
static bool reserve(struct frame_map *map)
{
    void *range = mmap(NULL, FRAME_MAP_MAX * sizeof(struct frame_entry), PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (range == MAP_FAILED)
        return false;
    map->entries = range;
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
    if ((map->entries == NULL && !reserve(map)) ||
        !page_number(&map->frames, (struct page_key){0, frame}, &number) ||
        number >= FRAME_MAP_MAX) {
        refuse(failure, "%s: out of memory: frame %" PRIu64 " (offset %" PRIu64 ")", name, frame,
               offset);
        return NULL;
    }
    map->entries[number].frame = (uint32_t)frame;
    return &map->entries[number];
}

struct frame_entry *frame_entry_of(const struct frame_map *map, const struct policy_page *page)
{
    uintptr_t distance = (uintptr_t)page - (uintptr_t)map->entries;
    if (distance % sizeof *map->entries != 0 ||
        distance / sizeof *map->entries >= map->frames.count)
        return NULL;
    return &map->entries[distance / sizeof *map->entries];
}

void frame_map_free(struct frame_map *map)
{
    if (map->entries != NULL)
        munmap(map->entries, FRAME_MAP_MAX * sizeof(struct frame_entry));
    page_numbers_free(&map->frames);
    *map = (struct frame_map){0};
}
