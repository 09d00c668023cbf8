/* The key-value store of key_value_store.h. */
#include "key_value_store.h"

#include "key_value_merge.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

bool key_value_create(struct key_value_store *store, const char *name, size_t table_entries)
{
    *store = (struct key_value_store){.name = name};
    if (memory_table_create(&store->table, table_entries))
        return true;
    errno = ENOMEM;
    return false;
}

void key_value_destroy(struct key_value_store *store)
{
    for (size_t level = 0; level < store->level_count; level++)
        for (size_t run = 0; run < store->levels[level].count; run++)
            sorted_run_destroy(&store->levels[level].runs[run]);
    free(store->levels);
    memory_table_destroy(&store->table);
}

/* ---------------------------------------------------------------- writing runs */

static bool has_level(struct key_value_store *store, size_t level)
{
    if (level < store->level_count)
        return true;
    struct level *levels = realloc(store->levels, (level + 1) * sizeof *levels);
    if (levels == NULL) {
        errno = ENOMEM;
        return false;
    }
    store->levels = levels;
    store->levels[store->level_count++].count = 0;
    return true;
}

static bool is_empty_from(const struct key_value_store *store, size_t level)
{
    for (; level < store->level_count; level++)
        if (store->levels[level].count > 0)
            return false;
    return true;
}

/* All that the merge has becomes a run of `level`, which has room. */
static bool write_run(struct key_value_store *store, struct merge *merge, uint64_t capacity,
                      size_t level)
{
    struct sorted_run run;
    char path[sizeof run.path];
    snprintf(path, sizeof path, "%s-%lu", store->name, (unsigned long)store->runs_begun);
    if (!sorted_run_create(&run, path, capacity))
        return false;
    store->runs_begun++;
    /* What was removed need not be known when nothing older is left. */
    bool keep_removed = !is_empty_from(store, level);
    merge_start(merge);
    for (const struct entry *entry; (entry = merge_next(merge)) != NULL;)
        if (entry->kind == ENTRY_VALUE || keep_removed)
            sorted_run_append(&run, entry);
    store->merged_entries += sorted_run_count(&run);
    store->levels[level].runs[store->levels[level].count++] = run;
    return true;
}

/* All runs of `level` become one of the next, which has room. */
static bool merge_level(struct key_value_store *store, size_t level)
{
    struct level *from = &store->levels[level];
    struct merge merge;
    uint64_t capacity = 0;
    if (!merge_create(&merge, LEVEL_RUNS)) {
        errno = ENOMEM;
        return false;
    }
    for (size_t run = from->count; run-- > 0;) {
        merge_add_run(&merge, &from->runs[run], 0);
        capacity += sorted_run_count(&from->runs[run]);
    }
    bool written = write_run(store, &merge, capacity, level + 1);
    merge_destroy(&merge);
    if (!written)
        return false;
    for (size_t run = 0; run < from->count; run++)
        sorted_run_destroy(&from->runs[run]);
    from->count = 0;
    store->merges++;
    return true;
}

/* Merges what stands in the way of one more run of level 0: from the deepest level that is full
   without a gap, upward. */
static bool make_room(struct key_value_store *store)
{
    size_t level = 0;
    while (level < store->level_count && store->levels[level].count == LEVEL_RUNS)
        level++;
    if (!has_level(store, level))
        return false;
    while (level-- > 0)
        if (!merge_level(store, level))
            return false;
    return true;
}

static bool flush(struct key_value_store *store)
{
    struct merge merge;
    if (!make_room(store))
        return false;
    if (!merge_create(&merge, 1)) {
        errno = ENOMEM;
        return false;
    }
    merge_add_table(&merge, &store->table, 0);
    bool written = write_run(store, &merge, store->table.count, 0);
    merge_destroy(&merge);
    if (written)
        memory_table_clear(&store->table);
    return written;
}

static bool write_entry(struct key_value_store *store, const struct entry *entry)
{
    if (memory_table_is_full(&store->table) && !flush(store))
        return false;
    memory_table_put(&store->table, entry);
    return true;
}

bool key_value_put(struct key_value_store *store, uint64_t key, const struct value *value)
{
    struct entry entry = {.key = key, .kind = ENTRY_VALUE, .value = *value};
    return write_entry(store, &entry);
}

bool key_value_remove(struct key_value_store *store, uint64_t key)
{
    struct entry entry = {.key = key, .kind = ENTRY_REMOVED};
    return write_entry(store, &entry);
}

/* ---------------------------------------------------------------- reading */

static const struct entry *find(const struct key_value_store *store, uint64_t key)
{
    const struct entry *entry = memory_table_find(&store->table, key);
    for (size_t level = 0; entry == NULL && level < store->level_count; level++)
        for (size_t run = store->levels[level].count; entry == NULL && run-- > 0;)
            entry = sorted_run_find(&store->levels[level].runs[run], key);
    return entry;
}

const struct value *key_value_get(const struct key_value_store *store, uint64_t key)
{
    const struct entry *entry = find(store, key);
    return entry != NULL && entry->kind == ENTRY_VALUE ? &entry->value : NULL;
}

bool key_value_scan(const struct key_value_store *store, uint64_t first, key_value_visit_t *visit,
                    void *context)
{
    struct merge merge;
    if (!merge_create(&merge, 1 + store->level_count * LEVEL_RUNS)) {
        errno = ENOMEM;
        return false;
    }
    merge_add_table(&merge, &store->table, first);
    for (size_t level = 0; level < store->level_count; level++)
        for (size_t run = store->levels[level].count; run-- > 0;)
            merge_add_run(&merge, &store->levels[level].runs[run], first);
    merge_start(&merge);
    for (const struct entry *entry; (entry = merge_next(&merge)) != NULL;)
        if (entry->kind == ENTRY_VALUE && !visit(context, entry->key, &entry->value))
            break;
    merge_destroy(&merge);
    return true;
}
