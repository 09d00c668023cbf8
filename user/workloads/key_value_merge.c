/* Merging of a store's sources: key_value_merge.h. */
#include "key_value_merge.h"

#include <stdlib.h>

bool merge_create(struct merge *merge, size_t sources)
{
    *merge = (struct merge){.heads = malloc(sources * sizeof *merge->heads),
                            .sources = malloc(sources * sizeof *merge->sources)};
    if (merge->heads != NULL && merge->sources != NULL)
        return true;
    merge_destroy(merge);
    return false;
}

void merge_destroy(struct merge *merge)
{
    free(merge->heads);
    free(merge->sources);
}

void merge_add_table(struct merge *merge, const struct memory_table *table, uint64_t first)
{
    merge->table = table;
    merge->sources[merge->count++] =
        (struct merge_source){.entry = memory_table_seek(table, first)};
}

static const struct entry *run_entry(const struct sorted_run *run, uint64_t number)
{
    return number < sorted_run_count(run) ? &run->entries[number] : NULL;
}

void merge_add_run(struct merge *merge, const struct sorted_run *run, uint64_t first)
{
    uint64_t next = sorted_run_seek(run, first);
    merge->sources[merge->count++] =
        (struct merge_source){.run = run, .next = next, .entry = run_entry(run, next)};
}

void merge_start(struct merge *merge)
{
    loser_tree_init(&merge->tree, merge->heads, merge->count);
    for (size_t i = 0; i < merge->count; i++)
        if (merge->sources[i].entry != NULL)
            loser_tree_set(&merge->tree, i, merge->sources[i].entry->key);
    loser_tree_start(&merge->tree);
}

static void advance(struct merge *merge, struct merge_source *source)
{
    if (source->run != NULL)
        source->entry = run_entry(source->run, ++source->next);
    else
        source->entry = memory_table_next(merge->table, source->entry);
    if (source->entry != NULL)
        loser_tree_advance(&merge->tree, source->entry->key);
    else
        loser_tree_end(&merge->tree);
}

const struct entry *merge_next(struct merge *merge)
{
    size_t winner;
    if (!loser_tree_winner(&merge->tree, &winner))
        return NULL;
    const struct entry *entry = merge->sources[winner].entry;
    /* Older entries of the key go unseen. */
    do
        advance(merge, &merge->sources[winner]);
    while (loser_tree_winner(&merge->tree, &winner) &&
           merge->sources[winner].entry->key == entry->key);
    return entry;
}
