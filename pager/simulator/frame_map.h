/*
 * What the frames of the recorded machine hold, from insert to remove: in Quire's traces a page is
 * named by its frame. Entries stay where they are, for policies link them.
 */
#pragma once

#include "page_numbers.h"
#include "quire_records.h"

#include "policy/policy.h"

struct frame_entry {
    struct policy_page policy; /* first: a policy's pointer leads here */
    struct page_key page;
    uint64_t inserted_at; /* virtual time */
    uint32_t frame, group;
    uint8_t kind, advice;
    bool resident;
};

/* A terabyte of memory, and what links between pages reach (policy.h). */
#define FRAME_MAP_MAX (1u << 28)

/* Frames are numbered densely: a broken trace may name any. */
_Static_assert(FRAME_MAP_MAX * sizeof(struct frame_entry) / POLICY_LINK_UNIT <= INT32_MAX + 1ull,
               "links are 32 bits");

struct frame_map {
    struct page_numbers frames;
    struct frame_entry *entries; /* address space for FRAME_MAP_MAX */
};

/* The entry of a frame, made if need be; NULL: no such frame, or no memory. */
struct frame_entry *frame_entry(struct frame_map *map, uint64_t frame, const char *name,
                                uint64_t offset, struct failure *failure);
/* The entry that a policy's pointer means; NULL: none. */
struct frame_entry *frame_entry_of(const struct frame_map *map, const struct policy_page *page);
void frame_map_free(struct frame_map *map);
