/* Models of LIRS and CLOCK-Pro. */
#include "naive.h"

#include <string.h>

/* ---- LIRS */

static struct row stack;          /* bottom first: LIR and HIR pages and ghosts */
static struct row queue;          /* resident HIR pages */
static struct row forgotten_next; /* ghosts in the order of their eviction */
static bool lir[NAIVE_PAGES];
static size_t kept; /* frames that LIR pages and queue share */

static void lirs_begin(void)
{
    kept = naive_capacity;
    stack.count = queue.count = forgotten_next.count = 0;
    memset(lir, 0, sizeof lir);
}

static void prune(void)
{
    while (stack.count > 0 && !lir[stack.page[0]])
        row_drop(&forgotten_next, row_take(&stack, 0));
}

static size_t lir_target(void)
{
    return kept - (kept / 100 > 0 ? kept / 100 : 1);
}

static int lir_count(void)
{
    int count = 0;
    for (int i = 0; i < stack.count; i++)
        count += lir[stack.page[i]];
    return count;
}

static void to_top(int page)
{
    row_drop(&stack, page);
    row_append(&stack, page);
}

static void make_lir(int page)
{
    lir[page] = true;
    row_drop(&queue, page);
    to_top(page);
    prune();
}

static void demote_bottom(void)
{
    for (int steps = lir_count(); steps > 0; steps--) {
        int bottom = stack.page[0];
        if (steps > 1 && naive_looked(bottom)) {
            make_lir(bottom);
            continue;
        }
        lir[bottom] = false;
        row_take(&stack, 0);
        row_append(&queue, bottom);
        prune();
        return;
    }
}

static void keep_to_target(void)
{
    while ((size_t)lir_count() > lir_target())
        demote_bottom();
}

static void lirs_use(int page)
{
    if (lir[page] || row_find(&stack, page) >= 0) {
        make_lir(page);
        keep_to_target();
    } else {
        to_top(page);
        row_drop(&queue, page);
        row_append(&queue, page);
    }
}

static void forget_ghosts(void)
{
    while ((size_t)forgotten_next.count > naive_capacity)
        row_drop(&stack, row_take(&forgotten_next, 0));
}

static void lirs_resize(void)
{
    kept = naive_capacity;
    forget_ghosts();
}

static void lirs_insert(int page, enum policy_insert_why why, uint64_t distance)
{
    (void)distance;
    lir[page] = false;
    bool ghost = row_drop(&forgotten_next, page);
    row_drop(&stack, page);
    if ((ghost && why == POLICY_REFAULT) || (size_t)lir_count() < lir_target()) {
        make_lir(page);
        keep_to_target();
        return;
    }
    to_top(page);
    row_append(&queue, page);
}

static void lirs_remove(int page, enum policy_remove_why why)
{
    row_drop(&queue, page);
    if (why == POLICY_EVICTED && !lir[page] && row_find(&stack, page) >= 0)
        row_append(&forgotten_next, page);
    else
        row_drop(&stack, page);
    lir[page] = false;
    forget_ghosts();
    prune();
}

static size_t lirs_victims(size_t want, int *out)
{
    size_t count = 0;
    kept = naive_kept(kept, lir_count() + queue.count, want);
    while (count < want) {
        keep_to_target();
        if (queue.count == 0)
            demote_bottom();
        if (queue.count == 0)
            break;
        int page = queue.page[0];
        if (naive_looked(page)) {
            lirs_use(page);
            continue;
        }
        out[count++] = row_take(&queue, 0);
    }
    for (size_t i = count; i-- > 0;)
        row_insert(&queue, 0, out[i]);
    return count;
}

static void lirs_outcome(int page, enum policy_outcome what)
{
    if (what == POLICY_RESCUED)
        lirs_use(page);
    else if (naive_stays(what))
        row_to_end(&queue, page);
}

const struct naive_model naive_lirs = {"lirs",       lirs_begin,   lirs_resize,
                                       lirs_insert,  lirs_use,     lirs_remove,
                                       lirs_victims, lirs_outcome, NULL};

/* ---- CLOCK-Pro: the ring is a row whose ends meet; a hand is the page that it points to */

enum { NOWHERE, HOT, COLD, GHOST };
enum { HAND_HOT, HAND_COLD, HAND_TEST, HANDS };

static struct row ring;
static int kind[NAIVE_PAGES], hand[HANDS]; /* -1: at the start of the row */
static bool in_test[NAIVE_PAGES], used_by_call[NAIVE_PAGES];
static size_t cold_target;

static void clock_pro_begin(void)
{
    ring.count = 0;
    memset(kind, 0, sizeof kind);
    memset(in_test, 0, sizeof in_test);
    memset(used_by_call, 0, sizeof used_by_call);
    for (int i = 0; i < HANDS; i++)
        hand[i] = -1;
    cold_target = naive_capacity;
}

static void clock_pro_resize(void)
{
    cold_target = cold_target < naive_capacity ? cold_target : naive_capacity;
}

static size_t count_of(int which)
{
    size_t count = 0;
    for (int i = 0; i < ring.count; i++)
        count += kind[ring.page[i]] == which;
    return count;
}

static int under(int which)
{
    if (hand[which] < 0)
        hand[which] = ring.page[0];
    return hand[which];
}

static int after(int page)
{
    int index = row_find(&ring, page) + 1;
    return index < ring.count ? ring.page[index] : -1;
}

static void ring_drop(int page)
{
    for (int i = 0; i < HANDS; i++) {
        if (hand[i] == page)
            hand[i] = after(page);
    }
    row_drop(&ring, page);
}

static void ring_add(int page)
{
    row_insert(&ring, ring.count > 0 ? row_find(&ring, under(HAND_HOT)) : 0, page);
}

static bool clock_pro_used(int page)
{
    bool by_call = used_by_call[page];
    used_by_call[page] = false;
    return naive_looked(page) || by_call;
}

static void end_test(int page)
{
    in_test[page] = false;
    if (cold_target > 1)
        cold_target--;
    if (kind[page] == GHOST) {
        ring_drop(page);
        kind[page] = NOWHERE;
    }
}

static void run_hand_hot(void)
{
    while (count_of(HOT) > 0) {
        int page = under(HAND_HOT);
        hand[HAND_HOT] = after(page);
        if (kind[page] == HOT && !clock_pro_used(page)) {
            kind[page] = COLD;
            return;
        }
        if (kind[page] != HOT && in_test[page])
            end_test(page);
    }
}

static void make_hot(int page)
{
    kind[page] = HOT;
    in_test[page] = false;
    if (cold_target < naive_capacity)
        cold_target++;
    while (count_of(HOT) > naive_capacity - cold_target)
        run_hand_hot();
}

static void clock_pro_insert(int page, enum policy_insert_why why, uint64_t distance)
{
    (void)distance;
    bool ghost = kind[page] == GHOST;
    if (ghost)
        ring_drop(page);
    kind[page] = COLD;
    in_test[page] = why != POLICY_READAHEAD;
    used_by_call[page] = false;
    ring_add(page);
    if (ghost && why == POLICY_REFAULT)
        make_hot(page);
}

static void clock_pro_reference(int page)
{
    used_by_call[page] = true;
}

static void clock_pro_remove(int page, enum policy_remove_why why)
{
    if (why != POLICY_EVICTED || !in_test[page]) {
        ring_drop(page);
        kind[page] = NOWHERE;
        in_test[page] = false;
        return;
    }
    kind[page] = GHOST;
    while (count_of(GHOST) > naive_capacity) {
        int oldest = under(HAND_TEST);
        hand[HAND_TEST] = after(oldest);
        if (in_test[oldest])
            end_test(oldest);
    }
}

static size_t clock_pro_victims(size_t want, int *out)
{
    struct row named = {0};
    while ((size_t)named.count < want) {
        if (count_of(COLD) <= (size_t)named.count) {
            if (count_of(HOT) == 0)
                break;
            run_hand_hot();
        }
        int page = under(HAND_COLD);
        hand[HAND_COLD] = after(page);
        if (kind[page] != COLD || row_find(&named, page) >= 0)
            continue;
        if (!clock_pro_used(page)) {
            out[named.count] = page;
            row_append(&named, page);
            continue;
        }
        ring_drop(page);
        ring_add(page);
        if (in_test[page])
            make_hot(page);
        else
            in_test[page] = true;
    }
    return (size_t)named.count;
}

static void clock_pro_outcome(int page, enum policy_outcome what)
{
    if (what == POLICY_RESCUED)
        used_by_call[page] = true;
}

const struct naive_model naive_clock_pro = {
    "clock-pro",       clock_pro_begin,     clock_pro_resize,
    clock_pro_insert,  clock_pro_reference, clock_pro_remove,
    clock_pro_victims, clock_pro_outcome,   NULL};
