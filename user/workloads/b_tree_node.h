/*
 * Nodes of the B+ tree, shared by its three sources: b_tree.c, b_tree_remove.c, b_tree_check.c.
 */
#pragma once

#include "b_tree.h"

#include <string.h>

struct b_tree_node {
    uint16_t level; /* 0: a leaf */
    uint16_t count; /* of keys */
    uint32_t next;  /* a leaf's right neighbour, or the next free node; 0: none */
    union {
        struct {
            uint64_t keys[B_TREE_LEAF_CAPACITY];
            uint64_t values[B_TREE_LEAF_CAPACITY];
        } leaf;
        struct {
            uint64_t keys[B_TREE_INNER_CAPACITY];
            uint32_t children[B_TREE_INNER_CAPACITY + 1];
        } inner;
    };
};

_Static_assert(sizeof(struct b_tree_node) <= B_TREE_PAGE_BYTES, "a node is a page");
_Static_assert(sizeof(struct b_tree) <= B_TREE_PAGE_BYTES, "the head is a page");

static inline struct b_tree_node *b_tree_node(struct b_tree *tree, uint32_t page)
{
    return (struct b_tree_node *)((char *)tree + (size_t)page * B_TREE_PAGE_BYTES);
}

static inline uint32_t b_tree_capacity(const struct b_tree *tree, const struct b_tree_node *node)
{
    return node->level == 0 ? tree->leaf_capacity : tree->inner_capacity;
}

/* Two of these and, in an inner node, the key between them fit into one node. */
static inline uint32_t b_tree_least(const struct b_tree *tree, const struct b_tree_node *node)
{
    return node->level == 0 ? tree->leaf_capacity / 2 : (tree->inner_capacity - 1) / 2;
}

/* How many of the keys are below `key`. */
static inline uint32_t b_tree_keys_below(const uint64_t *keys, uint32_t count, uint64_t key)
{
    uint32_t from = 0;
    while (count > 0) {
        uint32_t half = count / 2;
        if (keys[from + half] < key) {
            from += half + 1;
            count -= half + 1;
        } else {
            count = half;
        }
    }
    return from;
}

/* The child of an inner node that has the key: a key that equals a separator is at its right. */
static inline uint32_t b_tree_child_index(const struct b_tree_node *node, uint64_t key)
{
    uint32_t index = b_tree_keys_below(node->inner.keys, node->count, key);
    return index < node->count && node->inner.keys[index] == key ? index + 1 : index;
}

static inline void b_tree_move_words(uint64_t *to, const uint64_t *from, uint32_t count)
{
    memmove(to, from, count * sizeof *to);
}

static inline void b_tree_move_children(uint32_t *to, const uint32_t *from, uint32_t count)
{
    memmove(to, from, count * sizeof *to);
}

/* A key and the child to its right go into an inner node, before its key number `index`. */
static inline void b_tree_inner_insert(struct b_tree_node *node, uint32_t index, uint64_t key,
                                       uint32_t right)
{
    b_tree_move_words(node->inner.keys + index + 1, node->inner.keys + index, node->count - index);
    b_tree_move_children(node->inner.children + index + 2, node->inner.children + index + 1,
                         node->count - index);
    node->inner.keys[index] = key;
    node->inner.children[index + 1] = right;
    node->count++;
}

/* Key number `index` and the child to its right leave an inner node. */
static inline void b_tree_inner_remove(struct b_tree_node *node, uint32_t index)
{
    node->count--;
    b_tree_move_words(node->inner.keys + index, node->inner.keys + index + 1, node->count - index);
    b_tree_move_children(node->inner.children + index + 1, node->inner.children + index + 2,
                         node->count - index);
}

static inline void b_tree_leaf_insert(struct b_tree_node *leaf, uint32_t index, uint64_t key,
                                      uint64_t value)
{
    b_tree_move_words(leaf->leaf.keys + index + 1, leaf->leaf.keys + index, leaf->count - index);
    b_tree_move_words(leaf->leaf.values + index + 1, leaf->leaf.values + index,
                      leaf->count - index);
    leaf->leaf.keys[index] = key;
    leaf->leaf.values[index] = value;
    leaf->count++;
}

static inline void b_tree_leaf_remove(struct b_tree_node *leaf, uint32_t index)
{
    leaf->count--;
    b_tree_move_words(leaf->leaf.keys + index, leaf->leaf.keys + index + 1, leaf->count - index);
    b_tree_move_words(leaf->leaf.values + index, leaf->leaf.values + index + 1,
                      leaf->count - index);
}
