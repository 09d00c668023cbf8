/*
 * A key-value store of the log-structured kind (O'Neil et al., "The Log-Structured Merge-Tree",
 * 1996): what is written is gathered in a table in memory, which when full becomes a sorted run on
 * disk; when a level has LEVEL_RUNS runs they are merged into one of the next level.
 *
 *      memory table         newest
 *      level 0   run run run
 *      level 1   run run               each about LEVEL_RUNS times as large as one above
 *      level 2   run        oldest
 *
 * A lookup goes from newest to oldest and ends at the first entry of the key. A scan merges all.
 * Without a log: the store lives as long as its process.
 */
#pragma once

#include "memory_table.h"
#include "sorted_run.h"

#define LEVEL_RUNS 4

struct level {
    struct sorted_run runs[LEVEL_RUNS]; /* the oldest first */
    size_t count;
};

struct key_value_store {
    struct memory_table table;
    struct level *levels;
    size_t level_count;
    const char *name;    /* runs are files NAME-NUMBER */
    uint64_t runs_begun; /* numbers of files */
    uint64_t merges, merged_entries;
};

/* `name` begins the names of its files, and stays the caller's; at most 20 bytes. False, errno: no memory. */
bool key_value_create(struct key_value_store *store, const char *name, size_t table_entries);
/* Removes all its files. */
void key_value_destroy(struct key_value_store *store);

/* False, errno: there is no room for the run that was to be written. The store is as it was. */
bool key_value_put(struct key_value_store *store, uint64_t key, const struct value *value);
bool key_value_remove(struct key_value_store *store, uint64_t key);
/* NULL: there is no such key. Valid until the store changes. */
const struct value *key_value_get(const struct key_value_store *store, uint64_t key);

/* Called in order of the keys. False ends the scan. */
typedef bool key_value_visit_t(void *context, uint64_t key, const struct value *value);
/* The keys from `first` on. False, errno: no memory. */
bool key_value_scan(const struct key_value_store *store, uint64_t first, key_value_visit_t *visit,
                    void *context);
