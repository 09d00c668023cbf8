/*
 * Two LRU lists of ghosts, as ARC and CAR keep them: what each of their two lists of resident
 * pages let go. Number 0 remembers pages that were used once, number 1 the others.
 */
#pragma once

#include "nodes.h"

struct ghost_lists {
    struct policy_nodes table;
    struct policy_node_list list[2]; /* front: the oldest */
};

/* An arena with as many ghosts as frames, and nil. */
#define GHOST_LISTS_BYTES_FIXED sizeof(struct policy_node)
#define GHOST_LISTS_BYTES_PER_FRAME sizeof(struct policy_node)

static inline bool ghost_is_listed(const struct policy_node *node)
{
    return node->list != 0;
}

/* In init and resize. */
static inline void ghost_lists_place(struct ghost_lists *ghosts, struct policy *policy)
{
    nodes_place(&ghosts->table, policy->arena, policy->arena_frames + 1, ghost_is_listed);
}

static inline void ghost_drop(struct ghost_lists *ghosts, uint32_t node)
{
    ghost_unhash(&ghosts->table, node);
    node_list_remove(&ghosts->table, &ghosts->list[ghosts->table.nodes[node].list - 1], node);
    node_free(&ghosts->table, node);
}

static inline void ghost_drop_oldest(struct ghost_lists *ghosts, unsigned which)
{
    ghost_drop(ghosts, ghosts->list[which].front);
}

/* When all nodes are taken, the oldest of the longer list makes room. */
static inline void ghost_add(struct ghost_lists *ghosts, unsigned which, uint64_t tag)
{
    if (ghosts->table.free == 0)
        ghost_drop_oldest(ghosts, ghosts->list[1].length > ghosts->list[0].length);
    uint32_t node = node_allocate(&ghosts->table);
    ghosts->table.nodes[node].tag = tag;
    ghosts->table.nodes[node].list = which + 1;
    ghost_hash(&ghosts->table, node);
    node_list_push_back(&ghosts->table, &ghosts->list[which], node);
}

/* Forgets the ghost with this tag and says in which list it was; -1: there is none. */
static inline int ghost_take(struct ghost_lists *ghosts, uint64_t tag)
{
    uint32_t node = ghost_find(&ghosts->table, tag);
    if (node == 0)
        return -1;
    int which = (int)ghosts->table.nodes[node].list - 1;
    ghost_drop(ghosts, node);
    return which;
}
