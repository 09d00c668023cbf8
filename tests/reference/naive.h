/*
 * Second implementations of the policies, to compare the real ones with, decision by decision:
 * written from the descriptions, with arrays that are searched from end to end and nothing that is
 * fast. One model runs at a time, in static memory; pages are numbers from 0 on.
 *
 * The world around a model (policy_reference_test.c) keeps an Accessed bit for each page, apart
 * from the one that it keeps for the real policy: looking at other pages shows as well.
 */
#pragma once

#include "policy.h"

#define NAIVE_PAGES 256
#define NAIVE_ROW_MAX 4096

struct naive_model {
    const char *policy;
    void (*begin)(void);
    void (*resize)(void); /* or NULL */
    void (*insert)(int page, enum policy_insert_why why, uint64_t refault_distance);
    void (*reference)(int page); /* or NULL */
    void (*remove)(int page, enum policy_remove_why why);
    size_t (*victims)(size_t want, int *out);
    void (*outcome)(int page, enum policy_outcome what); /* or NULL */
    void (*tick)(size_t budget);                         /* or NULL */
};

extern const struct naive_model naive_fifo, naive_clock, naive_random, naive_lru_aging,
    naive_enhanced_clock, naive_wsclock, naive_two_queue, naive_lru_2, naive_lfu, naive_arc,
    naive_car, naive_clock_pro, naive_lirs, naive_sieve, naive_s3_fifo, naive_w_tinylfu,
    naive_mglru, naive_adaptive;

/* What the world tells. */
extern size_t naive_capacity, naive_capacity_ever; /* now, and the most there ever was */
extern uint64_t naive_time;                        /* inserts and references seen */
extern uint64_t naive_seed;
bool naive_looked(int page); /* tests and clears the bit */
bool naive_dirty(int page);
uint64_t naive_tag(int page);

static inline bool naive_stays(enum policy_outcome what)
{
    return what == POLICY_REJECTED || what == POLICY_DEFERRED || what == POLICY_RESCUED;
}

/* What evictions leave, and one page that comes, at most the capacity; it grows by an eighth of the
   difference. */
static inline size_t naive_kept(size_t before, int pages, size_t want)
{
    size_t now = (size_t)pages > want ? (size_t)pages - want + 1 : 1;
    now = now < naive_capacity ? now : naive_capacity;
    while (now > before && (now - before) % 8 != 0)
        now++;
    return now > before ? before + (now - before) / 8 : now;
}

/* ---- a row of pages, first to go at index 0 */
struct row {
    int count;
    int page[NAIVE_ROW_MAX];
};

static inline int row_find(const struct row *row, int page)
{
    for (int i = 0; i < row->count; i++) {
        if (row->page[i] == page)
            return i;
    }
    return -1;
}

static inline void row_insert(struct row *row, int index, int page)
{
    for (int i = row->count++; i > index; i--)
        row->page[i] = row->page[i - 1];
    row->page[index] = page;
}

static inline void row_append(struct row *row, int page)
{
    row_insert(row, row->count, page);
}

static inline int row_take(struct row *row, int index)
{
    int page = row->page[index];
    row->count--;
    for (int i = index; i < row->count; i++)
        row->page[i] = row->page[i + 1];
    return page;
}

/* false: it is not in there. */
static inline bool row_drop(struct row *row, int page)
{
    int index = row_find(row, page);
    if (index >= 0)
        row_take(row, index);
    return index >= 0;
}

static inline void row_to_end(struct row *row, int page)
{
    if (row_drop(row, page))
        row_append(row, page);
}
