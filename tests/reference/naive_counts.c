/* Models of LRU-2, LFU and W-TinyLFU. */
#include "naive.h"

#include <string.h>

static struct row pages;
static uint64_t moment, last[NAIVE_PAGES];

static void pages_remove(int page, enum policy_remove_why why)
{
    (void)why;
    row_drop(&pages, page);
}

/* ---- LRU-2 */

static uint64_t before[NAIVE_PAGES];

static void lru_2_begin(void)
{
    pages.count = 0;
    moment = 0;
}

static void lru_2_insert(int page, enum policy_insert_why why, uint64_t distance)
{
    bool known = why == POLICY_REFAULT && distance <= 2 * naive_capacity;
    before[page] = known ? last[page] : 0;
    last[page] = ++moment;
    row_append(&pages, page);
}

static void lru_2_use(int page)
{
    before[page] = last[page];
    last[page] = ++moment;
}

static size_t lru_2_victims(size_t want, int *out)
{
    size_t count = 0;
    while (count < want && pages.count > 0) {
        int best = pages.page[0];
        for (int i = 1; i < pages.count; i++) {
            int page = pages.page[i];
            if (before[page] < before[best] ||
                (before[page] == before[best] && last[page] < last[best]))
                best = page;
        }
        if (naive_looked(best)) {
            lru_2_use(best);
            continue;
        }
        out[count++] = best;
        row_drop(&pages, best);
    }
    for (size_t i = 0; i < count; i++)
        row_append(&pages, out[i]);
    return count;
}

static void lru_2_outcome(int page, enum policy_outcome what)
{
    if (naive_stays(what))
        lru_2_use(page);
}

const struct naive_model naive_lru_2 = {"lru-2",       lru_2_begin,   NULL,
                                        lru_2_insert,  lru_2_use,     pages_remove,
                                        lru_2_victims, lru_2_outcome, NULL};

/* ---- LFU: `last` says who of several with one count goes first */

static uint64_t times[NAIVE_PAGES], halve_at;

static void lfu_begin(void)
{
    pages.count = 0;
    moment = halve_at = 0;
}

/* The page with the fewest references, of several the one whose last is oldest, from `row`. */
static int fewest(const struct row *row)
{
    int best = row->page[0];
    for (int i = 1; i < row->count; i++) {
        int page = row->page[i];
        if (times[page] < times[best] || (times[page] == times[best] && last[page] < last[best]))
            best = page;
    }
    return best;
}

static void halve_if_due(void)
{
    if (naive_time < halve_at)
        return;
    bool due = halve_at != 0;
    halve_at = naive_time + 128 * naive_capacity;
    struct row left = pages;
    while (due && left.count > 0) {
        int page = fewest(&left);
        row_drop(&left, page);
        last[page] = ++moment;
    }
    for (int i = 0; due && i < pages.count; i++)
        times[pages.page[i]] = (times[pages.page[i]] + 1) / 2;
}

static void lfu_insert(int page, enum policy_insert_why why, uint64_t distance)
{
    (void)why, (void)distance;
    times[page] = 1;
    last[page] = ++moment;
    row_append(&pages, page);
    halve_if_due();
}

static void lfu_use(int page)
{
    times[page]++;
    last[page] = ++moment;
}

static void lfu_reference(int page)
{
    lfu_use(page);
    halve_if_due();
}

static size_t lfu_victims(size_t want, int *out)
{
    size_t count = 0;
    while (count < want && pages.count > 0) {
        int page = fewest(&pages);
        if (naive_looked(page)) {
            lfu_use(page);
            continue;
        }
        out[count++] = page;
        row_drop(&pages, page);
    }
    for (size_t i = 0; i < count; i++)
        row_append(&pages, out[i]);
    return count;
}

static void lfu_outcome(int page, enum policy_outcome what)
{
    if (what == POLICY_RESCUED)
        lfu_use(page);
    else if (naive_stays(what))
        last[page] = ++moment;
}

const struct naive_model naive_lfu = {"lfu",       lfu_begin,     NULL,
                                      lfu_insert,  lfu_reference, pages_remove,
                                      lfu_victims, lfu_outcome,   NULL};

/* ---- W-TinyLFU: window, probation, protected; the sketch as plain bytes */

static struct row segment[3];
static uint8_t sketch[(NAIVE_PAGES + 1) * 16];
static uint64_t uses;
static size_t kept; /* frames that the segments share */

static void w_tinylfu_resize(void)
{
    memset(sketch, 0, sizeof sketch);
    uses = 0;
    kept = naive_capacity;
}

static void w_tinylfu_begin(void)
{
    memset(segment, 0, sizeof segment);
    w_tinylfu_resize();
}

static uint8_t *counter(int page, unsigned hash_number)
{
    uint64_t hash = (naive_tag(page) + hash_number) * 0x9e3779b97f4a7c15ull;
    hash = (hash ^ hash >> 29) * 0xbf58476d1ce4e5b9ull;
    uint64_t word = hash % (1ull << 32) * (naive_capacity_ever + 1) / (1ull << 32);
    return &sketch[word * 16 + hash / (1ull << 60)];
}

static int estimate(int page)
{
    int least = 15;
    for (unsigned i = 0; i < 4; i++)
        least = *counter(page, i) < least ? *counter(page, i) : least;
    return least;
}

static void count_use(int page)
{
    int least = estimate(page);
    for (unsigned i = 0; i < 4; i++) {
        if (*counter(page, i) == least && least < 15)
            ++*counter(page, i);
    }
    if (++uses < 32 * naive_capacity)
        return;
    uses /= 2;
    for (size_t i = 0; i < sizeof sketch; i++)
        sketch[i] /= 2;
}

static size_t window_size(void)
{
    return kept / 100 > 0 ? kept / 100 : 1;
}

static int segment_of(int page)
{
    int number = 0;
    while (row_find(&segment[number], page) < 0)
        number++;
    return number;
}

static void enter(int page, int number)
{
    row_drop(&segment[segment_of(page)], page);
    row_append(&segment[number], page);
}

static void w_tinylfu_use(int page)
{
    if (segment_of(page) == 0) {
        enter(page, 0);
    } else {
        count_use(page);
        enter(page, 2);
    }
    while ((size_t)segment[2].count > (kept - window_size()) * 80 / 100)
        enter(segment[2].page[0], 1);
}

static int all_pages(void)
{
    return segment[0].count + segment[1].count + segment[2].count;
}

static void leave_window(int page)
{
    enter(page, 1);
    count_use(page);
}

static void w_tinylfu_insert(int page, enum policy_insert_why why, uint64_t distance)
{
    (void)distance;
    if (why != POLICY_READAHEAD)
        count_use(page);
    row_append(&segment[0], page);
    if ((size_t)segment[0].count > window_size() && (size_t)all_pages() < kept)
        leave_window(segment[0].page[0]);
}

static void w_tinylfu_remove(int page, enum policy_remove_why why)
{
    (void)why;
    row_drop(&segment[segment_of(page)], page);
}

/* The first of a segment that was not used; -1: it is empty. */
static int unused_first(int number)
{
    while (segment[number].count > 0) {
        int page = segment[number].page[0];
        if (!naive_looked(page))
            return page;
        w_tinylfu_use(page);
    }
    return -1;
}

static int w_tinylfu_choose(void)
{
    int victim = unused_first(1);
    if (victim < 0)
        victim = unused_first(2);
    if (victim < 0)
        victim = unused_first(1);
    int candidate = -1;
    if (victim < 0 || (size_t)segment[0].count >= window_size())
        candidate = unused_first(0);
    if (candidate < 0 || victim < 0)
        return victim < 0 ? candidate : victim;
    if (estimate(candidate) > estimate(victim)) {
        leave_window(candidate);
        return victim;
    }
    count_use(candidate);
    return candidate;
}

static size_t w_tinylfu_victims(size_t want, int *out)
{
    int from[POLICY_VICTIMS_MAX] = {0};
    size_t count = 0;
    kept = naive_kept(kept, all_pages(), want);
    while (count < want && all_pages() > 0) {
        out[count] = w_tinylfu_choose();
        from[count] = segment_of(out[count]);
        row_drop(&segment[from[count]], out[count]);
        count++;
    }
    for (size_t i = count; i-- > 0;)
        row_insert(&segment[from[i]], 0, out[i]);
    return count;
}

static void w_tinylfu_outcome(int page, enum policy_outcome what)
{
    if (what == POLICY_RESCUED)
        w_tinylfu_use(page);
    else if (naive_stays(what))
        enter(page, segment_of(page));
}

const struct naive_model naive_w_tinylfu = {"w-tinylfu",       w_tinylfu_begin,   w_tinylfu_resize,
                                            w_tinylfu_insert,  w_tinylfu_use,     w_tinylfu_remove,
                                            w_tinylfu_victims, w_tinylfu_outcome, NULL};
