/*
 * The cache directory of ARC, which CAR has too: two lists of resident pages, of those used once
 * lately (recent) and more often (frequent); ghosts of what each let go; and the target, how long
 * `recent` should be. A refault on a ghost says which of the two should have been longer.
 *
 *      ghosts[RECENT]   | resident[RECENT]   <- new         all four: at most two capacities,
 *      ghosts[FREQUENT] | resident[FREQUENT] <- refaulted   the upper two: at most one
 *
 * The two differ in how a page is chosen and moves between the resident lists: that is theirs, and
 * so is the note in the page of the list that it is in.
 */
#pragma once

#include "nodes.h"

enum { RECENT, FREQUENT };

/* The whole state of such a policy. */
struct arc_directory {
    struct policy_list resident[2];    /* front: the next to go */
    struct policy_node_list ghosts[2]; /* front: the oldest */
    size_t target;                     /* for recent */
    struct policy_nodes table;
};

/* An arena with as many ghosts as frames, and nil. */
#define DIRECTORY_BYTES_FIXED sizeof(struct policy_node)
#define DIRECTORY_BYTES_PER_FRAME sizeof(struct policy_node)

static inline struct arc_directory *directory_of(struct policy *policy)
{
    return policy->state;
}

static inline size_t greater(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* ---- ghosts: node->list is the number of the list and 1 */
static inline bool ghost_is_listed(const struct policy_node *node)
{
    return node->list != 0;
}

static inline void ghost_drop(struct arc_directory *directory, uint32_t node)
{
    ghost_unhash(&directory->table, node);
    node_list_remove(&directory->table, &directory->ghosts[directory->table.nodes[node].list - 1],
                     node);
    node_free(&directory->table, node);
}

static inline void ghost_drop_oldest(struct arc_directory *directory, unsigned which)
{
    ghost_drop(directory, directory->ghosts[which].front);
}

/* When all nodes are taken, the oldest of the longer list makes room. */
static inline void ghost_add(struct arc_directory *directory, unsigned which, uint64_t tag)
{
    if (directory->table.free == 0)
        ghost_drop_oldest(directory, directory->ghosts[1].length > directory->ghosts[0].length);
    uint32_t node = node_allocate(&directory->table);
    directory->table.nodes[node].tag = tag;
    directory->table.nodes[node].list = which + 1;
    ghost_hash(&directory->table, node);
    node_list_push_back(&directory->table, &directory->ghosts[which], node);
}

/* Forgets the ghost with this tag and says in which list it was; -1: there is none. */
static inline int ghost_take(struct arc_directory *directory, uint64_t tag)
{
    uint32_t node = ghost_find(&directory->table, tag);
    if (node == 0)
        return -1;
    int which = (int)directory->table.nodes[node].list - 1;
    ghost_drop(directory, node);
    return which;
}

/* Recent and its ghosts are at most one capacity, everything together at most two. */
static inline void directory_trim(struct policy *policy)
{
    struct arc_directory *directory = directory_of(policy);
    const struct policy_node_list *ghosts = directory->ghosts;
    size_t recent = directory->resident[RECENT].length;
    size_t resident = recent + directory->resident[FREQUENT].length;
    while (ghosts[RECENT].length > 0 && recent + ghosts[RECENT].length > policy->capacity)
        ghost_drop_oldest(directory, RECENT);
    while (ghosts[FREQUENT].length > 0 &&
           resident + ghosts[RECENT].length + ghosts[FREQUENT].length > 2 * policy->capacity)
        ghost_drop_oldest(directory, FREQUENT);
}

/* Moves the target towards the list that a ghost was of, the faster the fewer of its kind. */
static inline void directory_adapt(struct policy *policy, int ghost)
{
    struct arc_directory *directory = directory_of(policy);
    size_t recent = directory->ghosts[RECENT].length;
    size_t frequent = directory->ghosts[FREQUENT].length;
    size_t target = directory->target;
    if (ghost == RECENT) {
        size_t step = greater(frequent / greater(recent, 1), 1);
        directory->target = step < policy->capacity - target ? target + step : policy->capacity;
    } else {
        size_t step = greater(recent / greater(frequent, 1), 1);
        directory->target = step < target ? target - step : 0;
    }
}

/* ---- hooks, or most of one */
static inline void directory_init(struct policy *policy)
{
    struct arc_directory *directory = directory_of(policy);
    *directory = (struct arc_directory){0};
    nodes_place(&directory->table, policy->arena, policy->arena_frames + 1, ghost_is_listed);
}

static inline void directory_resize(struct policy *policy, size_t capacity)
{
    struct arc_directory *directory = directory_of(policy);
    nodes_place(&directory->table, policy->arena, policy->arena_frames + 1, ghost_is_listed);
    if (directory->target > capacity)
        directory->target = capacity;
    directory_trim(policy);
}

/* Puts a page that came into the list that is returned. */
static inline uint8_t directory_insert(struct policy *policy, struct policy_page *page,
                                       enum policy_insert_why why)
{
    struct arc_directory *directory = directory_of(policy);
    uint8_t place = RECENT;
    int ghost = ghost_take(directory, policy_page_tag(policy, page));
    if (ghost >= 0 && why == POLICY_REFAULT) {
        directory_adapt(policy, ghost);
        place = FREQUENT;
    }
    policy_list_push_back(&directory->resident[place], page);
    directory_trim(policy);
    return place;
}

/* Takes a page out of the list that it is in. */
static inline void directory_remove(struct policy *policy, struct policy_page *page, uint8_t place,
                                    enum policy_remove_why why)
{
    struct arc_directory *directory = directory_of(policy);
    policy_list_remove(&directory->resident[place], page);
    if (why == POLICY_EVICTED) {
        ghost_add(directory, place, policy_page_tag(policy, page));
        directory_trim(policy);
    }
}

static inline size_t directory_export(struct policy *policy, uint64_t *cursor,
                                      struct policy_page **out, size_t max)
{
    struct policy_list *const lists[] = {&directory_of(policy)->resident[RECENT],
                                         &directory_of(policy)->resident[FREQUENT]};
    return policy_export_lists(lists, 2, cursor, out, max);
}
