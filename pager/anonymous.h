/*
 * Anonymous memory: pages that belong to no file, or are private copies of a file's.
 *
 *      region A (parent) --> map --+                      frame, while resident
 *                                  +--> anonymous entry --<
 *      region B (child)  --> map --+      references 2    slot, while the swap copy is valid
 *
 * A map is a sparse array from page index to entry. After fork two private maps name the same
 * entries: reading shares the page, the first to write gets an entry of its own, and the last owner
 * writes in place. An entry without frame and slot is a page of zeros.
 */
#pragma once

#include "memory.h"
#include "radix_tree.h"

struct anonymous {
    uint32_t references; /* maps that name it */
    uint32_t slot;       /* swap slot with its contents as of the last write-out; 0: none */
    uint32_t frame;      /* frame number of its page, READING or RESIDENT; 0: not in memory */
    uint32_t object;     /* identity of the map that it was made in */
    uint32_t cookie;     /* the policy's, from the last eviction */
    uint32_t evicted_at; /* virtual time of the last eviction, low bits; valid if was_evicted */
};

#define ANONYMOUS_OF_FILE 0x80000000u /* in object: the entry began as a copy of a file page */

struct anonymous_map {
    struct radix_tree entries;
    uint64_t count;      /* entries */
    uint32_t references; /* regions */
    uint32_t id;
};

struct anonymous_map *anonymous_map_create(void); /* one reference; NULL: no memory */
static inline void anonymous_map_hold(struct anonymous_map *map)
{
    map->references++;
}
void anonymous_map_drop(struct anonymous_map *map, enum policy_remove_why why);
static inline struct anonymous *anonymous_find(struct anonymous_map *map, uint64_t index)
{
    return radix_find(&map->entries, index);
}
/* A new, empty entry at `index`; an entry there before is replaced and loses one reference. The page index
   of the entry's page is `index`. NULL: no memory, nothing changed. */
struct anonymous *anonymous_add(struct anonymous_map *map, uint64_t index, uint32_t object_flags);
/* The entries' pages must be unmapped, as far as this map's regions are concerned. Costs what is there. */
void anonymous_remove_range(struct anonymous_map *map, uint64_t first, uint64_t last,
                            enum policy_remove_why why);
/* Names the entries of the range in `to` too. -ENOMEM: those done so far are there. */
int32_t anonymous_share_range(struct anonymous_map *from, uint64_t first, uint64_t last,
                              struct anonymous_map *to);
/* NULL: not in memory. */
static inline struct page *anonymous_page(const struct anonymous *anonymous)
{
    return anonymous->frame != 0 ? &PAGES[anonymous->frame] : NULL;
}
/* `page` (READING, ours) becomes the entry's. */
void anonymous_attach(struct anonymous *anonymous, struct page *page, uint64_t index);
/* Begins to read the entry's slot into `page` (READING, ours): at the end it is the entry's resident page.
   -ENOMEM: nothing was changed, the page is still the caller's. */
int32_t anonymous_read(struct anonymous *anonymous, struct page *page, uint64_t index,
                       const struct policy_insert_info *info, bool ahead);
/* Was the entry's page evicted before? Then fills in what the policy is told of that. */
enum policy_insert_why anonymous_insert_info(const struct anonymous *anonymous,
                                             const struct page *page,
                                             struct policy_insert_info *info);
uint64_t anonymous_entry_count(void);

/* A READING page is in no policy yet: what the policy will be told waits in the descriptor. */
static inline void page_keep_insert_info(struct page *page, const struct policy_insert_info *info)
{
    page->read_region = info->region;
    page->read_advice = info->advice | (info->write ? 0x100u : 0);
}
static inline struct policy_insert_info page_take_insert_info(struct page *page)
{
    struct policy_insert_info info = {
        .region = page->read_region,
        .advice = (uint8_t)page->read_advice,
        .write = page->read_advice & 0x100u,
    };
    page->read_region = page->read_advice = 0;
    return info;
}
