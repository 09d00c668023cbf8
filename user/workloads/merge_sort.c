/* External merge sort: merge_sort.h says how. */
#include "merge_sort.h"

#include "loser_tree.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Up to this many records insertion is faster than merging. */
#define INSERTION_RECORDS 16

static size_t least(size_t left, size_t right)
{
    return left < right ? left : right;
}

/* ---------------------------------------------------------------- runs */

static void insertion_sort(struct sort_record *records, size_t count)
{
    for (size_t next = 1; next < count; next++) {
        struct sort_record record = records[next];
        size_t place = next;
        for (; place > 0 && records[place - 1].key > record.key; place--)
            records[place] = records[place - 1];
        records[place] = record;
    }
}

static void merge_halves(struct sort_record *records, size_t middle, size_t count,
                         struct sort_record *scratch)
{
    memcpy(scratch, records, middle * sizeof *records);
    size_t left = 0, right = middle, place = 0;
    while (left < middle && right < count)
        records[place++] =
            records[right].key < scratch[left].key ? records[right++] : scratch[left++];
    memcpy(records + place, scratch + left, (middle - left) * sizeof *records);
}

/* Bottom up: what is merged now was written just before. */
static void sort_run(struct sort_record *records, size_t count, struct sort_record *scratch)
{
    for (size_t begin = 0; begin < count; begin += INSERTION_RECORDS)
        insertion_sort(records + begin, least(INSERTION_RECORDS, count - begin));
    for (size_t length = INSERTION_RECORDS; length < count; length *= 2)
        for (size_t begin = 0; begin + length < count; begin += 2 * length)
            merge_halves(records + begin, length, least(2 * length, count - begin), scratch);
}

/* ---------------------------------------------------------------- merging */

struct merge {
    struct loser_tree tree;
    struct loser_tree_head *heads;
    const struct sort_record **next, **end; /* of each run */
};

static bool merge_create(struct merge *merge, size_t fan_in)
{
    merge->heads = malloc(fan_in * sizeof *merge->heads);
    merge->next = malloc(fan_in * sizeof *merge->next);
    merge->end = malloc(fan_in * sizeof *merge->end);
    return merge->heads != NULL && merge->next != NULL && merge->end != NULL;
}

static void merge_destroy(struct merge *merge)
{
    free(merge->heads);
    free(merge->next);
    free(merge->end);
}

/* The runs of `from`, `run` records each but perhaps the last, into `to`. */
static void merge_runs(struct merge *merge, const struct sort_record *from, size_t count,
                       size_t run, struct sort_record *to)
{
    size_t runs = (count + run - 1) / run, winner;
    loser_tree_init(&merge->tree, merge->heads, runs);
    for (size_t source = 0; source < runs; source++) {
        merge->next[source] = from + source * run;
        merge->end[source] = from + least(count, (source + 1) * run);
        loser_tree_set(&merge->tree, source, merge->next[source]->key);
    }
    loser_tree_start(&merge->tree);
    while (loser_tree_winner(&merge->tree, &winner)) {
        *to++ = *merge->next[winner]++;
        if (merge->next[winner] == merge->end[winner])
            loser_tree_end(&merge->tree);
        else
            loser_tree_advance(&merge->tree, merge->next[winner]->key);
    }
}

struct sort_record *merge_sort(const struct merge_sort *sort)
{
    struct merge merge;
    struct sort_record *from = sort->area, *to = sort->spare;
    /* More heads than runs are never needed. */
    size_t fan_in = least(sort->fan_in, sort->count / sort->run + 2);
    if (!merge_create(&merge, fan_in)) {
        merge_destroy(&merge);
        return NULL;
    }
    for (size_t begin = 0; begin < sort->count; begin += sort->run)
        sort_run(from + begin, least(sort->run, sort->count - begin), sort->scratch);
    for (size_t run = sort->run; run < sort->count; run *= fan_in) {
        for (size_t begin = 0; begin < sort->count; begin += run * fan_in)
            merge_runs(&merge, from + begin, least(run * fan_in, sort->count - begin), run,
                       to + begin);
        struct sort_record *merged = to;
        to = from;
        from = merged;
    }
    merge_destroy(&merge);
    return from;
}
