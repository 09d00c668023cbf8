/*
 * Stack distances by an order-statistic tree: a Fenwick tree over the times of each page's last
 * reference. Times are renumbered when the tree is full, so that it needs two places a page and not
 * one a reference.
 *
 *      time   1 2 3 4 5 6 7 8        pages whose last reference is at time 3 or later: 3
 *             . 1 . 1 . . 1 1   -->  that is the stack distance of the page last used at time 4
 */
#include "exact.h"

#include <stdlib.h>

#define PLACES_MIN 1024u
#define PROGRESS_STEP 65536u

struct distance_tree {
    uint32_t places;   /* a power of two; times are 1..places */
    uint32_t *sums;    /* Fenwick: sums[i] of the lowbit(i) places up to i */
    uint32_t *page_at; /* of each time, while that is its page's last; else NO_PAGE */
    uint32_t *last;    /* of each page: time of its last reference; 0: none */
    uint32_t now, live;
};

#define NO_PAGE UINT32_MAX

static uint32_t places_for(uint64_t pages)
{
    uint64_t places = PLACES_MIN;
    while (places < 2 * pages && places < 1u << 31)
        places *= 2;
    return (uint32_t)places;
}

uint64_t lru_curve_bytes(uint64_t pages)
{
    return 8ull * places_for(pages) + pages * (sizeof(uint32_t) + sizeof(uint64_t));
}

static void add(struct distance_tree *tree, uint32_t time, uint32_t change)
{
    for (; time <= tree->places; time += time & -time)
        tree->sums[time] += change;
}

/* Pages whose last reference is at `time` or before. */
static uint32_t up_to(const struct distance_tree *tree, uint32_t time)
{
    uint32_t sum = 0;
    for (; time > 0; time -= time & -time)
        sum += tree->sums[time];
    return sum;
}

/* Times become 1, 2, ... again, in the same order. */
static void renumber(struct distance_tree *tree)
{
    uint32_t time = 0;
    for (uint32_t old = 1; old <= tree->places; old++) {
        uint32_t page = tree->page_at[old];
        tree->page_at[old] = NO_PAGE;
        if (page == NO_PAGE)
            continue;
        tree->page_at[++time] = page;
        tree->last[page] = time;
    }
    tree->now = time;
    /* A Fenwick tree of ones up to `time`. */
    for (uint32_t i = 1; i <= tree->places; i++) {
        uint32_t first = i - (i & -i);
        tree->sums[i] = i <= time ? i & -i : first < time ? time - first : 0;
    }
}

/* The stack distance of a reference to the page, from 1; 0: it is the first. */
static uint32_t reference(struct distance_tree *tree, uint32_t page)
{
    if (tree->now == tree->places)
        renumber(tree);
    uint32_t distance = 0, last = tree->last[page], now = ++tree->now;
    if (last != 0) {
        distance = tree->live - up_to(tree, last) + 1;
        add(tree, last, UINT32_MAX);
        tree->page_at[last] = NO_PAGE;
    } else {
        tree->live++;
    }
    add(tree, now, 1);
    tree->page_at[now] = page;
    tree->last[page] = now;
    return distance;
}

static bool make_tree(struct distance_tree *tree, uint32_t pages)
{
    uint32_t places = places_for(pages);
    *tree = (struct distance_tree){
        .places = places,
        .sums = calloc((size_t)places + 1, sizeof *tree->sums),
        .page_at = malloc(((size_t)places + 1) * sizeof *tree->page_at),
        .last = calloc((size_t)pages + 1, sizeof *tree->last),
    };
    if (tree->sums == NULL || tree->page_at == NULL || tree->last == NULL)
        return false;
    for (uint64_t i = 0; i <= places; i++)
        tree->page_at[i] = NO_PAGE;
    return true;
}

static void free_tree(struct distance_tree *tree)
{
    free(tree->sums);
    free(tree->page_at);
    free(tree->last);
}

bool lru_curve_make(struct lru_curve *curve, const struct reference_string *string,
                    _Atomic uint64_t *done, struct failure *failure)
{
    uint32_t pages = string->pages.count;
    uint64_t count = string->references.count;
    *curve = (struct lru_curve){
        .pages = pages,
        .references = count,
        .misses = calloc((size_t)pages + 1, sizeof *curve->misses),
    };
    struct distance_tree tree = {0};
    if (pages > 1u << 29 || curve->misses == NULL || !make_tree(&tree, pages)) {
        free_tree(&tree);
        lru_curve_free(curve);
        return refuse(failure, "lru: out of memory: %u pages", pages);
    }
    uint64_t *hits_at = curve->misses;
    for (uint64_t i = 0; i < count; i++) {
        uint32_t distance = reference(&tree, REFERENCE_PAGE(string->references.words[i]));
        if (distance != 0)
            hits_at[distance]++;
        if (done != NULL && (i + 1) % PROGRESS_STEP == 0)
            atomic_fetch_add_explicit(done, PROGRESS_STEP, memory_order_relaxed);
    }
    if (done != NULL)
        atomic_fetch_add_explicit(done, count % PROGRESS_STEP, memory_order_relaxed);
    /* From hits at each distance to misses with each number of frames. */
    uint64_t misses = count;
    for (uint32_t frames = 0; frames <= pages; frames++) {
        misses -= hits_at[frames];
        curve->misses[frames] = misses;
    }
    free_tree(&tree);
    return true;
}

uint64_t lru_curve_misses(const struct lru_curve *curve, uint64_t frames)
{
    return curve->misses[frames < curve->pages ? frames : curve->pages];
}

void lru_curve_free(struct lru_curve *curve)
{
    free(curve->misses);
    curve->misses = NULL;
}
