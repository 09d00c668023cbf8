/*
 * Regions: the ranges of an address space that may be touched, each with what stands behind it.
 *
 *      region ---- file, first page ----> file_object: shared pages, or what is copied from
 *             \--- anonymous map, index -> private pages (copies included), over the file's
 *
 * A page of a region is, in this order: the entry of its anonymous map; the page of its file below
 * file_end; zeros. A private region's slice of its anonymous map belongs to it alone; a shared
 * anonymous map (MAP_SHARED and fork) is looked at by many regions, and its entries live as long as it.
 *
 * Regions of a space never overlap. They are in its tree; those with a file are in the file's list too.
 */
#pragma once

#include "address_space.h"
#include "anonymous.h"
#include "file_object.h"
#include "memory.h"

#define REGION_SHARED 1u /* MAP_SHARED */
#define REGION_STACK 2u  /* grows down to growth_bottom */
#define REGION_HEAP 4u   /* PAGER_BREAK's */
#define REGION_WIRED 8u  /* frames from `physical` on, which nobody evicts */
#define REGION_STATISTICS 16u
#define REGION_LOCKED 32u /* each hardware mapping of its pages holds a pin */
#define REGION_SEGMENT 64u
#define REGION_HUGE 128u /* MADV_HUGEPAGE: large pages where 2 MiB of it were never touched */

/* What a program said about mapping neighbours of a page that it faults on (fault_around.c). */
enum region_around { AROUND_AS_GROUP = 0, AROUND_NEVER, AROUND_ALWAYS };

struct region {
    uint64_t start, end; /* addresses, page aligned; end exclusive */
    struct region *left, *right, *parent;
    struct region *previous, *next; /* neighbours by address */
    uint64_t subtree_hole;          /* with rank: region_tree.c */
    struct address_space *space;    /* set by region_insert */
    int32_t rank;
    uint32_t id;             /* same in all pieces of one mapping; never 0 */
    uint8_t protection;      /* PROTECT_* */
    uint8_t protection_most; /* what mprotect may give it */
    uint8_t advice;          /* ADVICE_NORMAL, RANDOM or SEQUENTIAL */
    uint8_t flags;           /* REGION_* */
    uint8_t around;          /* enum region_around */
    struct file_object *file;
    uint64_t file_page; /* page index of `start` in the file */
    uint64_t
        file_end; /* offset in the file from where on the region is zeros, UINT64_MAX: nowhere */
    struct anonymous_map *anonymous; /* NULL: no entry yet */
    uint64_t anonymous_index;        /* of `start` */
    uint64_t mapping_start;          /* address that PAGER_MAP returned; 0: made otherwise */
    uint64_t mapping_end;            /* all pieces of that mapping lie below */
    uint64_t growth_bottom;          /* REGION_STACK: lowest address it may grow to */
    uint64_t physical;               /* REGION_WIRED: of `start` */
    struct region *file_next, *file_previous;
};

/* ---- region.c */
extern struct slab region_slab;

/* The region at `address`: as a rule that of the last lookup. */
static inline struct region *region_find(struct address_space *space, uint64_t address)
{
    struct region *region = space->regions.hit;
    if (region != NULL && address - region->start < region->end - region->start)
        return region;
    return region_tree_find(&space->regions, address);
}
static inline uint64_t region_index(const struct region *region, uint64_t address)
{
    return region->anonymous_index + ((address - region->start) >> PAGE_SHIFT);
}
static inline uint64_t region_file_page(const struct region *region, uint64_t address)
{
    return region->file_page + ((address - region->start) >> PAGE_SHIFT);
}
static inline bool region_is_private(const struct region *region)
{
    return !(region->flags & REGION_SHARED);
}

/* A region of its own id, in no tree. NULL: no memory. */
struct region *region_allocate(uint64_t start, uint64_t end, uint32_t protection, uint32_t flags);
void region_insert(struct address_space *space, struct region *region);
void region_remove(struct address_space *space, struct region *region); /* still the caller's */
/* The file's reference that the caller holds becomes the region's. */
void region_set_file(struct region *region, struct file_object *file, uint64_t offset,
                     uint64_t file_end);
/* Cuts so that no region straddles `start` or `end`. -ENOMEM: nothing changed. */
int32_t region_split_around(struct address_space *space, uint64_t start, uint64_t end);
/* Joins pieces of one mapping in and around the range that have become alike again. */
void region_merge_around(struct address_space *space, uint64_t start, uint64_t end);
/* Makes the anonymous map of a private region if it has none yet. */
bool region_need_anonymous(struct region *region);
/* Takes out everything in the range: mappings, private pages, regions. Splits: -ENOMEM, nothing changed. */
int32_t region_unmap(struct address_space *space, uint64_t start, uint64_t end,
                     enum policy_remove_why why);
/* Begins to write back what the range's shared file pages have; nobody waits for it. */
void region_start_writeback(const struct region *region, uint64_t start, uint64_t end);
/* Grows the stack whose growth range has `address` down to it. NULL: none may, or a mapping is near. */
struct region *region_grow_stack(struct address_space *space, uint64_t address,
                                 uint64_t stack_pointer);
/* A region equal to `region` for another space or place: file and shared map held, private map not copied. */
struct region *region_clone(const struct region *region);
void region_free(struct region *region); /* out of the tree; drops file and map */

/* ---- region_pages.c: hardware mappings of a range, in batches */

/* Unmaps every page; pins of locked regions go with them. */
void region_pages_unmap(struct address_space *space, uint64_t start, uint64_t end);
/* Takes PAGE_WRITE or PAGE_EXECUTE from every page. */
void region_pages_restrict(struct address_space *space, uint64_t start, uint64_t end,
                           uint64_t rights);
void region_page_unmap(struct address_space *space, uint64_t address);
/* Installs a mapping outside a fault's reply. False: no memory. */
bool region_page_map(struct address_space *space, uint64_t address, uint64_t descriptor,
                     struct page *page);
