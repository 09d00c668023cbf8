/*
 * The entries of several sources of a key-value store as one sequence in order of the keys, of each
 * key the newest. For scans and for merging runs.
 */
#pragma once

#include "key_value_store.h"
#include "loser_tree.h"

/* A source is a run, or the table. */
struct merge_source {
    const struct sorted_run *run; /* NULL: the table */
    uint64_t next;                /* of a run */
    const struct entry *entry;    /* at its head */
};

struct merge {
    const struct memory_table *table;
    struct loser_tree tree;
    struct loser_tree_head *heads;
    struct merge_source *sources; /* the newest first: of equal keys it wins */
    size_t count;
};

/* For at most `sources` sources. False: no memory. */
bool merge_create(struct merge *merge, size_t sources);
void merge_destroy(struct merge *merge);
/* From newest to oldest. */
void merge_add_table(struct merge *merge, const struct memory_table *table, uint64_t first);
void merge_add_run(struct merge *merge, const struct sorted_run *run, uint64_t first);
void merge_start(struct merge *merge);
/* The next key's newest entry, also one that says REMOVED; NULL: the end. */
const struct entry *merge_next(struct merge *merge);
