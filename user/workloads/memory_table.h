/*
 * The newest entries of the key-value store, in order of their keys: a skip list (Pugh, CACM 1990)
 * in an arena of anonymous memory, whose links are numbers of arena bytes / 8.
 */
#pragma once

#include "entry.h"

#include <stdbool.h>
#include <stddef.h>

#define MEMORY_TABLE_LEVELS 12

struct memory_table {
    uint64_t *arena;
    size_t arena_words, used;
    size_t capacity, count; /* entries */
    uint64_t random;        /* for the heights of nodes */
    uint32_t head[MEMORY_TABLE_LEVELS];
};

/* Room for `capacity` entries. False: no memory. */
bool memory_table_create(struct memory_table *table, size_t capacity);
void memory_table_destroy(struct memory_table *table);
void memory_table_clear(struct memory_table *table);

static inline bool memory_table_is_full(const struct memory_table *table)
{
    return table->count == table->capacity;
}

/* Adds the entry, or replaces that of the same key. The table is not full. */
void memory_table_put(struct memory_table *table, const struct entry *entry);
/* NULL: the key is not in the table. */
const struct entry *memory_table_find(const struct memory_table *table, uint64_t key);

/* The first entry whose key is not below `key`, and the one after an entry; NULL: none. */
const struct entry *memory_table_seek(const struct memory_table *table, uint64_t key);
const struct entry *memory_table_next(const struct memory_table *table, const struct entry *entry);
