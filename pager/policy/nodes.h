/*
 * Nodes in a policy's arena: for ghosts (pages that were evicted and are remembered), and for
 * orders that hold ghosts and resident pages at once, which the links of a page cannot.
 *
 * Nodes are named by number, 0 meaning none, because the arena moves when it grows. A node is
 * free, or in one list (or ring) of its policy; apart from that a ghost is found by its tag.
 *
 *      nodes  [0: nil][1][2][3] ...      bucket of node i: head of the hash chain i
 */
#pragma once

#include "policy.h"

struct policy_node {
    uint64_t tag; /* who it was: policy_page_tag() */
    uint32_t next, previous;
    uint32_t chain, bucket;
    union {
        struct policy_page *page; /* of a node that stands for a resident page */
        struct {
            uint32_t older, newer; /* of a ghost, for the policy: a second order */
        };
    };
    uint32_t list; /* the policy's: where it is and what it means; 0: free */
    uint32_t mark; /* the policy's */
};

struct policy_nodes {
    struct policy_node *nodes;
    uint32_t count; /* nil included */
    uint32_t free;
};

struct policy_node_list {
    uint32_t front, back;
    size_t length;
};

static inline uint32_t *node_bucket(struct policy_nodes *table, uint64_t tag)
{
    /* NOLINTNEXTLINE(clang-analyzer-core.DivideZero): no tag is looked up in an empty table */
    return &table->nodes[tag % table->count].bucket;
}

static inline void ghost_hash(struct policy_nodes *table, uint32_t node)
{
    uint32_t *bucket = node_bucket(table, table->nodes[node].tag);
    table->nodes[node].chain = *bucket;
    *bucket = node;
}

static inline void ghost_unhash(struct policy_nodes *table, uint32_t node)
{
    uint32_t *link = node_bucket(table, table->nodes[node].tag);
    while (*link != node)
        link = &table->nodes[*link].chain;
    *link = table->nodes[node].chain;
}

/* The ghost with this tag, 0: none. O(1) on average. */
static inline uint32_t ghost_find(struct policy_nodes *table, uint64_t tag)
{
    uint32_t node = *node_bucket(table, tag);
    while (node != 0 && table->nodes[node].tag != tag)
        node = table->nodes[node].chain;
    return node;
}

static inline void node_free(struct policy_nodes *table, uint32_t node)
{
    table->nodes[node].next = table->free;
    table->nodes[node].list = 0;
    table->free = node;
}

/* 0: there is none left. */
static inline uint32_t node_allocate(struct policy_nodes *table)
{
    uint32_t node = table->free;
    if (node != 0)
        table->free = table->nodes[node].next;
    return node;
}

/* In init, with a zeroed arena, and again in resize: `count` nodes, at least as many as before.
   `is_ghost` says which nodes stand in the hash table. */
static inline void nodes_place(struct policy_nodes *table, void *memory, size_t count,
                               bool (*is_ghost)(const struct policy_node *node))
{
    uint32_t old_count = table->count == 0 ? 1 : table->count;
    table->nodes = memory;
    if (count < old_count)
        count = old_count;
    table->count = (uint32_t)count;
    for (uint32_t i = old_count; i < count; i++)
        node_free(table, i);
    for (uint32_t i = 0; i < count; i++)
        table->nodes[i].bucket = 0;
    for (uint32_t i = 1; i < old_count; i++) {
        if (is_ghost(&table->nodes[i]))
            ghost_hash(table, i);
    }
}

static inline void node_list_insert_before(struct policy_nodes *table,
                                           struct policy_node_list *list, uint32_t node,
                                           uint32_t before)
{
    uint32_t previous = before != 0 ? table->nodes[before].previous : list->back;
    table->nodes[node].next = before;
    table->nodes[node].previous = previous;
    *(previous != 0 ? &table->nodes[previous].next : &list->front) = node;
    *(before != 0 ? &table->nodes[before].previous : &list->back) = node;
    list->length++;
}

static inline void node_list_push_back(struct policy_nodes *table, struct policy_node_list *list,
                                       uint32_t node)
{
    node_list_insert_before(table, list, node, 0);
}

static inline void node_list_remove(struct policy_nodes *table, struct policy_node_list *list,
                                    uint32_t node)
{
    uint32_t next = table->nodes[node].next, previous = table->nodes[node].previous;
    *(previous != 0 ? &table->nodes[previous].next : &list->front) = next;
    *(next != 0 ? &table->nodes[next].previous : &list->back) = previous;
    list->length--;
}
