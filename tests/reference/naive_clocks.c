/* Models of ageing LRU, the enhanced clock, WSClock and the multi-generation LRU. */
#include "naive.h"

#include <string.h>

static bool used_by_call[NAIVE_PAGES];

static void note_use(int page)
{
    used_by_call[page] = true;
}

static bool used(int page)
{
    bool by_call = used_by_call[page];
    used_by_call[page] = false;
    return naive_looked(page) || by_call;
}

/* ---- ageing: registers, and when each page got its present one */

static struct row pages;
static int register_of[NAIVE_PAGES];
static uint64_t since[NAIVE_PAGES], moment;
static bool aged[NAIVE_PAGES]; /* in this round of the sweep */
static int sweep_class;

static void aging_begin(void)
{
    pages.count = sweep_class = 0;
    moment = 0;
    memset(used_by_call, 0, sizeof used_by_call);
}

static void set_register(int page, int value)
{
    register_of[page] = value;
    since[page] = ++moment;
    aged[page] = true;
}

static void aging_insert(int page, enum policy_insert_why why, uint64_t distance)
{
    (void)why, (void)distance;
    used_by_call[page] = false;
    row_append(&pages, page);
    set_register(page, 128);
}

static void pages_remove(int page, enum policy_remove_why why)
{
    (void)why;
    row_drop(&pages, page);
}

/* The page with the smallest register from `least` on, the one that has had it longest; -1: none. */
static int smallest(int least)
{
    int best = -1;
    for (int i = 0; i < pages.count; i++) {
        int page = pages.page[i];
        if (register_of[page] >= least &&
            (best < 0 || register_of[page] < register_of[best] ||
             (register_of[page] == register_of[best] && since[page] < since[best])))
            best = page;
    }
    return best;
}

static void age(int page, bool was_used)
{
    set_register(page, register_of[page] / 2 + (was_used ? 128 : 0));
}

static size_t aging_victims(size_t want, int *out)
{
    for (size_t left = 4 * want; left > 0 && pages.count > 0;) {
        int page = smallest(sweep_class);
        if (page < 0) {
            sweep_class = 0;
            memset(aged, 0, sizeof aged);
        } else if (aged[page]) {
            sweep_class = register_of[page] + 1;
        } else {
            age(page, used(page));
            left--;
        }
    }
    size_t count = 0;
    while (count < want && pages.count > 0) {
        int page = smallest(0);
        if (used(page)) {
            age(page, true);
            continue;
        }
        out[count++] = page;
        row_drop(&pages, page);
    }
    for (size_t i = 0; i < count; i++)
        row_append(&pages, out[i]);
    return count;
}

static void aging_outcome(int page, enum policy_outcome what)
{
    if (naive_stays(what))
        age(page, true);
}

const struct naive_model naive_lru_aging = {"lru-aging",   aging_begin,   NULL,
                                            aging_insert,  note_use,      pages_remove,
                                            aging_victims, aging_outcome, NULL};

/* ---- the enhanced clock */

static void circle_begin(void)
{
    pages.count = 0;
    memset(used_by_call, 0, sizeof used_by_call);
}

static void circle_insert(int page, enum policy_insert_why why, uint64_t distance)
{
    (void)why, (void)distance;
    used_by_call[page] = false;
    row_append(&pages, page);
}

static int enhanced_choose(void)
{
    for (;;) {
        int reach = pages.count < 128 ? pages.count : 128;
        for (int i = 0; i < reach; i++) {
            int page = pages.page[i];
            if (naive_looked(page))
                used_by_call[page] = true;
            if (used_by_call[page] || naive_dirty(page))
                continue;
            for (; i > 0; i--)
                row_append(&pages, row_take(&pages, 0));
            return page;
        }
        for (int i = 0; i < reach; i++) {
            int page = pages.page[0];
            if (!used(page))
                return page;
            row_to_end(&pages, page);
        }
    }
}

static size_t enhanced_victims(size_t want, int *out)
{
    size_t count = 0;
    while (count < want && pages.count > 0) {
        out[count] = enhanced_choose();
        row_drop(&pages, out[count++]);
    }
    for (size_t i = count; i-- > 0;)
        row_insert(&pages, 0, out[i]);
    return count;
}

static void enhanced_outcome(int page, enum policy_outcome what)
{
    if (what == POLICY_RESCUED)
        used_by_call[page] = true;
    if (naive_stays(what))
        row_to_end(&pages, page);
}

const struct naive_model naive_enhanced_clock = {"enhanced-clock", circle_begin,     NULL,
                                                 circle_insert,    note_use,         pages_remove,
                                                 enhanced_victims, enhanced_outcome, NULL};

/* ---- WSClock */

static uint64_t found_at[NAIVE_PAGES];

static void wsclock_insert(int page, enum policy_insert_why why, uint64_t distance)
{
    circle_insert(page, why, distance);
    found_at[page] = naive_time;
}

static size_t wsclock_victims(size_t want, int *out)
{
    size_t count = 0;
    while (count < want && pages.count > 0) {
        int best = -1;
        bool certain = false;
        for (int step = pages.count < 64 ? pages.count : 64; step > 0 && !certain; step--) {
            int page = row_take(&pages, 0);
            row_append(&pages, page);
            bool was_used = used(page);
            if (was_used)
                found_at[page] = naive_time;
            certain =
                !was_used && !naive_dirty(page) && naive_time - found_at[page] > naive_capacity;
            bool cleaner = best >= 0 && naive_dirty(best) && !naive_dirty(page);
            bool longer = best >= 0 && naive_dirty(best) == naive_dirty(page) &&
                          found_at[page] < found_at[best];
            if (certain || best < 0 || cleaner || longer)
                best = page;
        }
        out[count++] = best;
        row_drop(&pages, best);
    }
    for (size_t i = 0; i < count; i++)
        row_append(&pages, out[i]);
    return count;
}

static void wsclock_outcome(int page, enum policy_outcome what)
{
    if (what == POLICY_RESCUED)
        used_by_call[page] = true;
}

const struct naive_model naive_wsclock = {"wsclock",       circle_begin,    NULL,
                                          wsclock_insert,  note_use,        pages_remove,
                                          wsclock_victims, wsclock_outcome, NULL};

/* ---- generations: a row for each number; they are few at a time, so numbers may wrap */

#define NUMBERS 64

static struct row born[NUMBERS];
static uint64_t number_of[NAIVE_PAGES], oldest, youngest;
static int walk_next; /* -1: the walk is over */

static void mglru_begin(void)
{
    memset(born, 0, sizeof born);
    memset(used_by_call, 0, sizeof used_by_call);
    oldest = 0;
    youngest = 2;
    walk_next = -1;
}

static int residents(void)
{
    int count = 0;
    for (int i = 0; i < NUMBERS; i++)
        count += born[i].count;
    return count;
}

static void join(int page, uint64_t number)
{
    number_of[page] = number;
    row_append(&born[number % NUMBERS], page);
}

static void leave(int page)
{
    struct row *row = &born[number_of[page] % NUMBERS];
    int index = row_find(row, page);
    if (page == walk_next)
        walk_next = index + 1 < row->count ? row->page[index + 1] : -1;
    row_take(row, index);
}

static void mglru_insert(int page, enum policy_insert_why why, uint64_t distance)
{
    used_by_call[page] = false;
    bool late = why == POLICY_REFAULT && distance > naive_capacity;
    join(page, why == POLICY_READAHEAD || late ? youngest - 1 : youngest);
}

static void mglru_remove(int page, enum policy_remove_why why)
{
    (void)why;
    leave(page);
}

static void move_up(int page)
{
    leave(page);
    join(page, youngest);
}

static void begin_generation(void)
{
    struct row *row = &born[youngest % NUMBERS];
    walk_next = row->count > 0 ? row->page[0] : -1;
    youngest++;
}

static size_t mglru_victims(size_t want, int *out)
{
    if (youngest - oldest < 3 && born[youngest % NUMBERS].count * 3 > residents())
        begin_generation();
    for (size_t step = 2 * want; step > 0 && walk_next >= 0; step--) {
        struct row *row = &born[number_of[walk_next] % NUMBERS];
        int page = walk_next, index = row_find(row, page);
        walk_next = index + 1 < row->count ? row->page[index + 1] : -1;
        if (used(page))
            move_up(page);
    }
    size_t count = 0;
    while (count < want && residents() > 0) {
        if (youngest - oldest < 2) {
            begin_generation();
        } else if (born[oldest % NUMBERS].count == 0) {
            oldest++;
        } else if (used(born[oldest % NUMBERS].page[0])) {
            move_up(born[oldest % NUMBERS].page[0]);
        } else {
            out[count] = born[oldest % NUMBERS].page[0];
            leave(out[count++]);
        }
    }
    for (size_t i = count; i-- > 0;) {
        if (number_of[out[i]] < oldest)
            number_of[out[i]] = oldest;
        row_insert(&born[number_of[out[i]] % NUMBERS], 0, out[i]);
    }
    return count;
}

static void mglru_outcome(int page, enum policy_outcome what)
{
    if (naive_stays(what))
        move_up(page);
}

const struct naive_model naive_mglru = {"mglru",       mglru_begin,   NULL,
                                        mglru_insert,  note_use,      mglru_remove,
                                        mglru_victims, mglru_outcome, NULL};
