/*
 * A B+ tree of 64-bit keys and values, in nodes of a page each, in memory that the caller gives:
 * anonymous, or a mapped file, which then is the tree.
 *
 *      page 0     struct b_tree: root, height, pages in use
 *      page 1..   nodes and free nodes
 *
 *      inner   keys    |  20  |  50  |          child i has the keys below key i,
 *              children| c0 | c1 | c2 |         the last one the rest
 *                       /     |     \
 *      leaf    | 3 7 12 | -> | 20 31 | -> | 50 64 88 |      keys with values; linked for scans
 *
 * Every node but the root is at least half full (Bayer and McCreight 1972; leaves linked as in
 * Comer 1979). Insertion splits full nodes and removal fills up minimal ones on the way down, so
 * that neither ever has to go back up.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define B_TREE_PAGE_BYTES 4096
#define B_TREE_LEAF_CAPACITY 255
#define B_TREE_INNER_CAPACITY 340

/* The first page of the memory. */
struct b_tree {
    uint64_t magic;
    uint64_t keys;
    uint32_t pages;     /* that there are */
    uint32_t first_new; /* the pages from here on were never used */
    uint32_t free;      /* a list; 0 is its end */
    uint32_t free_pages;
    uint32_t root;
    uint32_t height; /* levels; 1: the root is a leaf */
    uint32_t leaf_capacity, inner_capacity;
};

enum b_tree_result {
    B_TREE_DONE,
    B_TREE_EXISTS,  /* insert: the key is there, its value unchanged */
    B_TREE_MISSING, /* lookup, update, remove: the key is not there */
    B_TREE_FULL,    /* insert: no page is left; nothing changed */
};

/* Makes an empty tree of `pages` (at least 3) pages. The capacities are keys a node: from 3 up to
   those above, 0 for them. */
struct b_tree *b_tree_create(void *memory, uint32_t pages, uint32_t leaf_capacity,
                             uint32_t inner_capacity);
/* The tree that is in `memory` of `pages` pages, or NULL: there is none. */
struct b_tree *b_tree_open(void *memory, uint32_t pages);

enum b_tree_result b_tree_insert(struct b_tree *tree, uint64_t key, uint64_t value);
enum b_tree_result b_tree_lookup(struct b_tree *tree, uint64_t key, uint64_t *value);
enum b_tree_result b_tree_update(struct b_tree *tree, uint64_t key, uint64_t value);
enum b_tree_result b_tree_remove(struct b_tree *tree, uint64_t key);

/* A place between keys, valid until the tree changes. */
struct b_tree_cursor {
    struct b_tree *tree;
    uint32_t leaf, index;
};

/* Before the first key that is not below `key`. */
struct b_tree_cursor b_tree_seek(struct b_tree *tree, uint64_t key);
/* False: there is no next key. */
bool b_tree_next(struct b_tree_cursor *cursor, uint64_t *key, uint64_t *value);

/* What is wrong with the tree, in words, or NULL: order, fill, levels, links, counts, and that
   every page is either in the tree or free. Reads all of it. */
const char *b_tree_fault(struct b_tree *tree);
