/*
 * The regions of an address space in order: a balanced tree for lookups, and links to the neighbours.
 *
 * Owned by region_tree.c. A lookup near the last one (in that region, in a neighbour, or in the room
 * around it) takes a few instructions however many regions there are; others are O(log n).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct region;

struct region_tree {
    struct region *root;
    struct region *first, *last;
    struct region *hit; /* the region of the last lookup or change; NULL only while there is none */
    /* All free ranges at or above full_from and below full_high are shorter than full_least. */
    uint64_t full_from, full_high, full_least;
};

/* That contains the address, or NULL. */
struct region *region_tree_find(struct region_tree *tree, uint64_t address);
/* The lowest with end > address, or NULL. */
struct region *region_tree_first_after(struct region_tree *tree, uint64_t address);
/* It overlaps none that is in the tree. */
void region_tree_insert(struct region_tree *tree, struct region *region);
void region_tree_remove(struct region_tree *tree, struct region *region);
/* After start, end or growth_bottom of a region changed in place, order kept. */
void region_tree_changed(struct region_tree *tree, struct region *region);
/* The highest free range of `length` between `low` and `high`: its address, 0: none. Room that a stack
   may grow into is not free. */
uint64_t region_tree_gap(struct region_tree *tree, uint64_t length, uint64_t low, uint64_t high);
#if QUIRE_DEBUG
void region_tree_check(const struct region_tree *tree);
#endif
