/*
 * A model of adaptive. The pages themselves and each expert's cache are the same thing here, a
 * "view": two rows, and what is known of every page there is. Which pages are in the sample does not
 * matter, because at these capacities all are; how many the duel can know does.
 */
#include "naive.h"

#include <stdlib.h>
#include <string.h>

#define REAL 0
#define VIEWS 4 /* the pages; the caches of recent, frequent, select */
#define NOBODY (-1)
#define NEVER (-1)

static struct view {
    struct row queue, lir; /* least recently used first */
    uint32_t time[NAIVE_PAGES];
    long evicted_at[NAIVE_PAGES];
    bool unseen[NAIVE_PAGES]; /* a use that this view was not shown */
    long evictions;
} views[VIEWS];

static int expert; /* which of the views 1 to 3 the pages follow */
static enum { START, REHEARSAL, DUEL } stage;
static struct row leaving; /* deferred */
static long until_change;
static size_t kept; /* frames that the pages' two rows share */

/* The duel. */
static struct row slots, pending; /* pages that it knows; NOBODY: a free slot */
static bool in_slot_and_here[NAIVE_PAGES], untold[NAIVE_PAGES];
static int reused, swept;
static uint32_t duel_time;
static long duel_frames, misses_until_fading, leads[VIEWS][VIEWS];

static size_t frames_of(int view)
{
    return view == REAL ? naive_capacity : (size_t)duel_frames;
}

static int expert_of(int view)
{
    return view == REAL ? expert : view;
}

static int lir_target(int view)
{
    size_t frames = view == REAL ? kept : frames_of(view);
    if (expert_of(view) == 1)
        return 0;
    return (int)(frames * 99 / 100 == frames ? frames - 1 : frames * 99 / 100);
}

static long memory(int view)
{
    static const long percent[VIEWS] = {0, 0, 100, 40};
    return (long)frames_of(view) * percent[expert_of(view)] / 100;
}

static bool in_view(int view, int page)
{
    return row_find(&views[view].queue, page) >= 0 || row_find(&views[view].lir, page) >= 0;
}

static void drop(int view, int page)
{
    row_drop(&views[view].queue, page);
    row_drop(&views[view].lir, page);
}

static void put(int view, int page, bool lir)
{
    row_append(lir ? &views[view].lir : &views[view].queue, page);
}

static void put_used(int view, int page, bool lir)
{
    views[view].time[page] = view == REAL ? (uint32_t)naive_time : ++duel_time;
    put(view, page, lir);
}

static bool recent(int view, int page)
{
    const struct view *its = &views[view];
    return its->lir.count > 0 && its->time[page] >= its->time[its->lir.page[0]];
}

/* ---- uses */

static void make_pending(int page)
{
    untold[page] = true;
    if (row_find(&pending, page) < 0)
        row_append(&pending, page);
}

/* Seen at once where it is a matter of an LRU list, else at the next look. */
static void show(int view, int page)
{
    views[view].unseen[page] = true;
    if (row_find(&views[view].queue, page) < 0 || recent(view, page))
        return;
    drop(view, page);
    put_used(view, page, false);
    views[view].unseen[page] = false;
}

static void show_pages(int page)
{
    show(REAL, page);
    if (row_find(&views[REAL].lir, page) < 0 && row_find(&leaving, page) < 0 && !recent(REAL, page))
        views[REAL].unseen[page] = false;
}

static void show_duel(int page)
{
    if (stage == START || row_find(&slots, page) < 0 || !in_slot_and_here[page])
        return;
    for (int view = 1; view < VIEWS; view++)
        show(view, page);
    make_pending(page);
}

static bool look(int view, int page)
{
    bool used = views[view].unseen[page];
    if (view == REAL) {
        views[REAL].unseen[page] = false;
        if (!naive_looked(page))
            return used;
        show_duel(page);
        return true;
    }
    if (!used && in_slot_and_here[page] && naive_looked(page)) {
        used = true;
        show_pages(page);
        for (int other = 1; other < VIEWS; other++)
            views[other].unseen[page] = true;
        make_pending(page);
    }
    views[view].unseen[page] = false;
    return used;
}

/* ---- what an expert does */

static void keep_to(int view, int target)
{
    struct view *its = &views[view];
    for (int looks = its->lir.count; its->lir.count > target; looks--) {
        int bottom = its->lir.page[0];
        bool used = looks > 1 && look(view, bottom);
        drop(view, bottom);
        if (used)
            put_used(view, bottom, true);
        else
            put(view, bottom, false);
    }
}

/* The next to go, taken out of the queue. NOBODY: the view is empty. */
static int choose(int view)
{
    struct view *its = &views[view];
    keep_to(view, lir_target(view));
    while (its->queue.count + its->lir.count > 0) {
        if (its->queue.count == 0)
            keep_to(view, its->lir.count - 1);
        int page = its->queue.page[0];
        bool used = look(view, page), lir = recent(view, page);
        drop(view, page);
        if (!used)
            return page;
        put_used(view, page, lir);
        keep_to(view, lir_target(view));
    }
    return NOBODY;
}

static void forget_eviction(int view, int page)
{
    drop(view, page);
    views[view].evicted_at[page] = views[view].evictions++;
}

static void miss(int view, int page)
{
    struct view *its = &views[view];
    if (its->queue.count + its->lir.count >= duel_frames)
        forget_eviction(view, choose(view));
    bool back = its->evicted_at[page] != NEVER && recent(view, page) &&
                its->evictions - 1 - its->evicted_at[page] <= memory(view);
    its->unseen[page] = false;
    put_used(view, page, back || its->lir.count < lir_target(view));
    keep_to(view, lir_target(view));
}

/* ---- the duel */

static void fade(void)
{
    misses_until_fading = duel_frames / 2;
    for (int i = 1; i < VIEWS; i++) {
        for (int j = 1; j < VIEWS; j++)
            leads[i][j] -= leads[i][j] / 16;
    }
}

static void tell_all(void)
{
    while (pending.count > 0) {
        int page = row_take(&pending, 0);
        bool missed[VIEWS] = {0}, any = false;
        for (int view = 1; view < VIEWS && untold[page]; view++) {
            if (in_view(view, page))
                continue;
            miss(view, page);
            missed[view] = any = true;
        }
        untold[page] = row_find(&pending, page) >= 0;
        for (int i = 1; i < VIEWS; i++) {
            for (int j = 1; j < VIEWS; j++)
                leads[i][j] += missed[i] && !missed[j] ? 16 : 0;
        }
        if (any && misses_until_fading-- == 0)
            fade();
    }
}

static bool held(int page)
{
    return in_slot_and_here[page] || row_find(&pending, page) >= 0 || in_view(1, page) ||
           in_view(2, page) || in_view(3, page);
}

static void know_nothing(int page)
{
    in_slot_and_here[page] = untold[page] = false;
    for (int view = 1; view < VIEWS; view++) {
        views[view].time[page] = 0;
        views[view].evicted_at[page] = NEVER;
        views[view].unseen[page] = false;
    }
}

static bool get_slot(int page)
{
    if (row_find(&slots, page) >= 0)
        return true;
    for (int steps = 0; steps < slots.count; steps++) {
        int slot = reused;
        reused = (reused + 1) % slots.count;
        if (slots.page[slot] != NOBODY && held(slots.page[slot]))
            continue;
        slots.page[slot] = page;
        know_nothing(page);
        return true;
    }
    return false;
}

static void sweep(size_t budget)
{
    for (int steps = 0; steps < slots.count && budget > 0; steps++) {
        int page = slots.page[swept];
        swept = (swept + 1) % slots.count;
        if (page == NOBODY || !in_slot_and_here[page])
            continue;
        budget--;
        if (!naive_looked(page))
            continue;
        show_pages(page);
        show_duel(page);
    }
}

static void adopt(int page)
{
    if (!get_slot(page))
        return;
    in_slot_and_here[page] = true;
    for (int view = 1; view < VIEWS; view++) {
        struct view *its = &views[view];
        put_used(view, page, lir_target(view) > 0);
        if (its->lir.count > lir_target(view))
            row_append(&its->queue, row_take(&its->lir, 0));
        if (its->lir.count + its->queue.count > duel_frames)
            forget_eviction(view, its->queue.page[0]);
    }
}

/* The pages in one row, those used longest ago first; of two alike that of the queue comes last. */
static struct row by_time(void)
{
    struct row queue = views[REAL].queue, lir = views[REAL].lir, all = {0};
    while (queue.count + lir.count > 0) {
        bool from_lir = lir.count > 0 && (queue.count == 0 || views[REAL].time[queue.page[0]] >=
                                                                  views[REAL].time[lir.page[0]]);
        row_append(&all, row_take(from_lir ? &lir : &queue, 0));
    }
    return all;
}

static void begin_duel(size_t divisor)
{
    struct row all = by_time();
    slots.count = pending.count = 0;
    for (size_t i = 0; i < naive_capacity * 3; i++)
        row_append(&slots, NOBODY);
    reused = swept = 0;
    duel_time = 0;
    duel_frames = (long)(naive_capacity / divisor);
    misses_until_fading = 0;
    memset(leads, 0, sizeof leads);
    memset(&views[1], 0, sizeof views - sizeof views[REAL]);
    for (int page = 0; page < NAIVE_PAGES; page++)
        know_nothing(page);
    for (int i = 0; i < all.count; i++)
        adopt(all.page[i]);
}

/* Four misses or more, and so many standard deviations. */
static long lead(int holder, int challenger, long deviations)
{
    long for_it = leads[holder][challenger], against = leads[challenger][holder];
    long by = for_it - against;
    return by < 4 * 16 || by * by < deviations * deviations * 16 * (for_it + against) ? 0 : by;
}

static void rearrange(void)
{
    struct row all = by_time();
    int lir = lir_target(REAL) < all.count ? lir_target(REAL) : all.count;
    views[REAL].queue = views[REAL].lir = (struct row){0};
    for (int i = 0; i < all.count; i++)
        put(REAL, all.page[i], i >= all.count - lir);
}

static void reconsider(void)
{
    int best = expert;
    long best_lead = 0;
    if (until_change > 0)
        return;
    for (int i = 1; i < VIEWS; i++) {
        long by = i == expert ? 0 : lead(expert, i, 3);
        long wanted = i == 1 ? 25 : expert == 1 ? 15 : 2;
        if (by <= best_lead || by * 100 < wanted * duel_frames * 16)
            continue;
        best = i;
        best_lead = by;
    }
    if (best != expert && (best == 1 || expert == 1)) {
        expert = best;
        rearrange();
        until_change = (long)naive_capacity / 4;
    }
    expert = best;
}

static void end_rehearsal(void)
{
    bool doubtful = false;
    if (stage == REHEARSAL) {
        sweep(NAIVE_ROW_MAX);
        tell_all();
        doubtful = (leads[1][2] + leads[2][1]) * 4 >= duel_frames * 16 && lead(1, 2, 2) == 0;
    }
    stage = DUEL;
    expert = doubtful ? 1 : 2;
    rearrange();
    begin_duel(1);
}

/* ---- hooks */

static void adaptive_begin(void)
{
    memset(views, 0, sizeof views);
    leaving.count = slots.count = pending.count = 0;
    stage = START;
    expert = 1;
    until_change = 0;
    kept = naive_capacity;
}

static void adaptive_resize(void)
{
    kept = naive_capacity;
    if (stage != START)
        begin_duel(stage == REHEARSAL ? 2 : 1);
}

static void adaptive_insert(int page, enum policy_insert_why why, uint64_t distance)
{
    views[REAL].unseen[page] = false;
    if (stage == START) {
        put_used(REAL, page, false);
        if ((size_t)views[REAL].queue.count <= naive_capacity / 2)
            return;
        stage = REHEARSAL;
        begin_duel(2);
        return;
    }
    bool back = why == POLICY_REFAULT && (long)distance <= memory(REAL) && recent(REAL, page);
    bool room =
        stage == DUEL && why != POLICY_READAHEAD && views[REAL].lir.count < lir_target(REAL);
    put_used(REAL, page, back || room);
    if (!get_slot(page))
        return;
    in_slot_and_here[page] = true;
    if (why != POLICY_READAHEAD)
        show_duel(page);
}

static void adaptive_reference(int page)
{
    show_pages(page);
    show_duel(page);
}

static void adaptive_remove(int page, enum policy_remove_why why)
{
    if (why == POLICY_EVICTED && until_change > 0)
        until_change--;
    drop(REAL, page);
    row_drop(&leaving, page);
    if (stage == START || row_find(&slots, page) < 0 || !in_slot_and_here[page])
        return;
    in_slot_and_here[page] = false;
    if (why == POLICY_EVICTED)
        return;
    untold[page] = false;
    for (int view = 1; view < VIEWS; view++) {
        drop(view, page);
        views[view].evicted_at[page] = NEVER;
    }
}

static size_t adaptive_victims(size_t want, int *out)
{
    size_t count = 0;
    kept = naive_kept(kept, views[REAL].queue.count + views[REAL].lir.count, want);
    if (stage != DUEL)
        end_rehearsal();
    sweep(want);
    tell_all();
    reconsider();
    while (count < want && (out[count] = choose(REAL)) != NOBODY)
        count++;
    for (size_t i = count; i-- > 0;)
        row_insert(&views[REAL].queue, 0, out[i]);
    return count;
}

static void adaptive_outcome(int page, enum policy_outcome what)
{
    bool waited = row_drop(&leaving, page) || row_drop(&views[REAL].queue, page);
    if (waited)
        row_append(what == POLICY_DEFERRED ? &leaving : &views[REAL].queue, page);
    if (what == POLICY_RESCUED)
        adaptive_reference(page);
}

static void adaptive_tick(size_t budget)
{
    if (stage == START)
        return;
    sweep(budget);
    tell_all();
}

const struct naive_model naive_adaptive = {"adaptive",       adaptive_begin,     adaptive_resize,
                                           adaptive_insert,  adaptive_reference, adaptive_remove,
                                           adaptive_victims, adaptive_outcome,   adaptive_tick};
