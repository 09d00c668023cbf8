/*
 * What region_tree.c and region_balance.c share; private to them.
 */
#pragma once

#include "region.h"

/* Holes are counted up to this: 32 of them fill an address space. */
#define REGION_HOLE_MOST (16ull << 30)
#define REGION_NO_RANK (-1)

static inline uint64_t region_claim_start(const struct region *region)
{
    return region->flags & REGION_STACK ? region->growth_bottom : region->start;
}

static inline int32_t region_rank(const struct region *region)
{
    return region != NULL ? region->rank : REGION_NO_RANK;
}

static inline uint64_t larger(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static inline uint64_t smaller(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static inline uint64_t region_end_below(const struct region *region)
{
    return region->previous != NULL ? region->previous->end : 0;
}

/* A mapping at a fixed address may lie inside a stack's claim: then there is no room between them, and
   what is below it is free, for the stack cannot grow past it. */
static inline uint64_t region_hole_below(const struct region *region)
{
    uint64_t from = region_end_below(region), to = region_claim_start(region);
    return to > from ? smaller(to - from, REGION_HOLE_MOST) : 0;
}

static inline uint64_t region_widest_hole(const struct region *region)
{
    uint64_t hole = region_hole_below(region);
    if (region->left != NULL)
        hole = larger(hole, region->left->subtree_hole);
    if (region->right != NULL)
        hole = larger(hole, region->right->subtree_hole);
    return hole;
}

/* The link from above, root or child, that leads to `old`. */
void region_replace_child(struct region_tree *tree, struct region *old, struct region *new);
/* `node` is new; the holes of all nodes are right. */
void region_balance_after_insert(struct region_tree *tree, struct region *node);
/* A child of `parent` was taken away, or its subtree has become lower: `node`, which may be NULL. */
void region_balance_after_remove(struct region_tree *tree, struct region *parent,
                                 struct region *node);
