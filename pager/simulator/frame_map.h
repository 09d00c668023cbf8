/*
 * Which page a frame of the recorded machine holds, from insert to remove. In Quire's traces
 * a page is named by its frame.
 */
#pragma once

#include "page_numbers.h"
#include "quire_records.h"

struct frame_entry {
    bool resident;
    bool write; /* the access of the insert wrote */
    struct page_key page;
};

/* Frames are numbered densely: a broken trace may name any. */
struct frame_map {
    struct page_numbers frames;
    struct frame_entry *entries;
    uint32_t room;
};

/* The entry of a frame, with room made for it; NULL: no such frame, or no memory. */
struct frame_entry *frame_entry(struct frame_map *map, uint64_t frame, const char *name,
                                uint64_t offset, struct failure *failure);
void frame_map_free(struct frame_map *map);
