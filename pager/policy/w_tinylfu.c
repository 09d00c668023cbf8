/*
 * W-TinyLFU: a small LRU window for new pages before a main cache in two segments; what leaves the
 * window enters the main cache only if it was used more often lately than the page that would
 * have to go for it. How often is asked of a sketch, which also knows pages that are gone.
 *
 *      new -> window (LRU) --more often used than--> probation --used--> protected
 *                 |             probation's next         ^                  |
 *                 +--> gone          to go               +---- too many ----+
 *
 * The sketch: counters of four bits, sixteen a frame. A page's count is the least of those that the
 * hashes of its tag name; they are shared with others, so only those that stand lowest go up. After
 * `sample` capacities' worth of uses all are halved. References in the window are one burst and do
 * not count; coming in counts, and so does leaving the window.
 *
 * Paper: Einziger, Friedman, Manes, TinyLFU: a highly efficient cache admission policy, ACM
 * Transactions on Storage 2017.
 * Parameters: window=1 (percent of the capacity), protected=80 (percent of the main cache),
 * sample=32 (capacities), hashes=4, conservative=1 (0: all counters of a page go up, so that more
 * pages are mistaken for others; with sample=4 it misses as libCacheSim's does, within a point).
 * Sampling: a use is found when the page is next to go from its segment, and counts once however
 * often it was repeated; so the sketch knows mostly who was faulted in how often.
 */
#include "kept.h"

#include <string.h>

#define COUNTERS_A_WORD 16
#define COUNTER_MAX 15
#define HASHES_MAX 16

enum { WINDOW, PROBATION, PROTECTED, SEGMENTS };

struct w_tinylfu_state {
    struct policy_list segment[SEGMENTS]; /* front: the next to go */
    uint64_t uses;                        /* counted since the last halving */
    size_t kept;
    uint32_t window_percent, protected_percent, sample, hashes, conservative;
};

static struct w_tinylfu_state *state_of(struct policy *policy)
{
    return policy->state;
}

/* In which segment the page is. */
static uint8_t *segment_of(struct policy_page *page)
{
    return POLICY_PRIVATE(uint8_t, page);
}

static struct policy_list *list_of(struct policy *policy, struct policy_page *page)
{
    return &state_of(policy)->segment[*segment_of(page)];
}

static void w_tinylfu_init(struct policy *policy)
{
    *state_of(policy) = (struct w_tinylfu_state){
        .kept = policy->capacity,
        .window_percent = 1,
        .protected_percent = 80,
        .sample = 32,
        .hashes = 4,
        .conservative = 1,
    };
}

static bool w_tinylfu_parameter(struct policy *policy, const char *name, int64_t value)
{
    struct w_tinylfu_state *state = state_of(policy);
    struct {
        const char *name;
        int64_t least, most;
        uint32_t *value;
    } const known[] = {
        {"window", 1, 99, &state->window_percent},
        {"protected", 1, 99, &state->protected_percent},
        {"sample", 1, 1000, &state->sample},
        {"hashes", 1, HASHES_MAX, &state->hashes},
        {"conservative", 0, 1, &state->conservative},
    };
    size_t i = 0;
    while (strcmp(known[i].name, name) != 0)
        i++;
    if (value < known[i].least || value > known[i].most)
        return false;
    *known[i].value = (uint32_t)value;
    return true;
}

/* ---------------------------------------------------------------- the sketch */

static size_t words(struct policy *policy)
{
    return policy->arena_frames + 1;
}

/* Word and shift of the counter that hash number `i` names. */
static uint64_t *counter(struct policy *policy, uint64_t tag, unsigned i, unsigned *shift)
{
    uint64_t hash = (tag + i) * 0x9e3779b97f4a7c15ull;
    hash ^= hash >> 29;
    hash *= 0xbf58476d1ce4e5b9ull;
    *shift = (unsigned)(hash >> 60) * 4;
    return &((uint64_t *)policy->arena)[(hash & 0xffffffffu) * words(policy) >> 32];
}

static unsigned frequency(struct policy *policy, uint64_t tag)
{
    unsigned least = COUNTER_MAX;
    for (unsigned i = 0; i < state_of(policy)->hashes; i++) {
        unsigned shift;
        uint64_t word = *counter(policy, tag, i, &shift);
        unsigned value = word >> shift & COUNTER_MAX;
        least = value < least ? value : least;
    }
    return least;
}

static void halve_all(struct policy *policy)
{
    uint64_t *word = (uint64_t *)policy->arena;
    for (size_t i = 0; i < words(policy); i++)
        word[i] = word[i] >> 1 & 0x7777777777777777ull;
}

static void count_use(struct policy *policy, struct policy_page *page)
{
    struct w_tinylfu_state *state = state_of(policy);
    uint64_t tag = policy_page_tag(policy, page);
    unsigned least = frequency(policy, tag);
    for (unsigned i = 0; i < state->hashes; i++) {
        unsigned shift;
        uint64_t *word = counter(policy, tag, i, &shift);
        unsigned value = *word >> shift & COUNTER_MAX;
        if (value < COUNTER_MAX && (value == least || !state->conservative))
            *word += 1ull << shift;
    }
    if (++state->uses >= (uint64_t)state->sample * policy->capacity) {
        state->uses /= 2;
        halve_all(policy);
    }
}

/* The places of counters depend on the arena's size. */
static void w_tinylfu_resize(struct policy *policy, size_t capacity)
{
    state_of(policy)->kept = capacity;
    memset(policy->arena, 0, words(policy) * sizeof(uint64_t));
    state_of(policy)->uses = 0;
}

/* ---------------------------------------------------------------- segments */

static size_t window_target(struct policy *policy)
{
    size_t target = state_of(policy)->kept * state_of(policy)->window_percent / 100;
    return target == 0 ? 1 : target;
}

static size_t resident(struct policy *policy)
{
    struct policy_list *segment = state_of(policy)->segment;
    return segment[WINDOW].length + segment[PROBATION].length + segment[PROTECTED].length;
}

static void enter(struct policy *policy, struct policy_page *page, uint8_t segment)
{
    policy_list_remove(list_of(policy, page), page);
    *segment_of(page) = segment;
    policy_list_push_back(list_of(policy, page), page);
}

static void use(struct policy *policy, struct policy_page *page)
{
    struct w_tinylfu_state *state = state_of(policy);
    bool in_window = *segment_of(page) == WINDOW;
    if (!in_window)
        count_use(policy, page);
    enter(policy, page, in_window ? WINDOW : PROTECTED);
    size_t main = state->kept - window_target(policy);
    while (state->segment[PROTECTED].length > main * state->protected_percent / 100)
        enter(policy, state->segment[PROTECTED].front, PROBATION);
}

static void leave_window(struct policy *policy, struct policy_page *page)
{
    enter(policy, page, PROBATION);
    count_use(policy, page);
}

static void w_tinylfu_insert(struct policy *policy, struct policy_page *page,
                             enum policy_insert_why why, const struct policy_insert_info *info)
{
    struct w_tinylfu_state *state = state_of(policy);
    (void)info;
    if (why != POLICY_READAHEAD)
        count_use(policy, page);
    *segment_of(page) = why == POLICY_ADOPT ? PROBATION : WINDOW;
    policy_list_push_back(list_of(policy, page), page);
    /* While there is room nobody has to go for whom the window gives up. What an eviction leaves
       free is no room: all of the window's that come into it would pass unasked. */
    if (state->segment[WINDOW].length > window_target(policy) && resident(policy) < state->kept)
        leave_window(policy, state->segment[WINDOW].front);
}

static void w_tinylfu_reference(struct policy *policy, struct policy_page *page,
                                enum policy_channel channel)
{
    (void)channel;
    use(policy, page);
}

static uint32_t w_tinylfu_remove(struct policy *policy, struct policy_page *page,
                                 enum policy_remove_why why)
{
    (void)why;
    policy_list_remove(list_of(policy, page), page);
    return 0;
}

/* The front of a segment, after those found used have moved; NULL: it is empty. */
static struct policy_page *unused_front(struct policy *policy, unsigned segment)
{
    struct policy_page *page;
    while ((page = state_of(policy)->segment[segment].front) != NULL && policy_looked(policy, page))
        use(policy, page);
    return page;
}

/* The page to go next; NULL: there is none. */
static struct policy_page *choose(struct policy *policy)
{
    struct w_tinylfu_state *state = state_of(policy);
    struct policy_page *victim = unused_front(policy, PROBATION);
    if (victim == NULL)
        victim = unused_front(policy, PROTECTED);
    /* Where few pages are kept, all that were found used there may have had to leave it. */
    if (victim == NULL)
        victim = unused_front(policy, PROBATION);
    struct policy_page *candidate = NULL;
    if (victim == NULL || state->segment[WINDOW].length >= window_target(policy))
        candidate = unused_front(policy, WINDOW);
    if (victim == NULL || candidate == NULL)
        return victim != NULL ? victim : candidate;
    bool admit = frequency(policy, policy_page_tag(policy, candidate)) >
                 frequency(policy, policy_page_tag(policy, victim));
    if (admit)
        leave_window(policy, candidate);
    else
        count_use(policy, candidate);
    return admit ? victim : candidate;
}

static size_t w_tinylfu_victims(struct policy *policy, size_t want, struct policy_page **out)
{
    struct w_tinylfu_state *state = state_of(policy);
    state->kept = kept_when_asked(policy, state->kept, resident(policy), want);
    return policy_choose_victims(policy, want, out, choose, list_of);
}

static void w_tinylfu_outcome(struct policy *policy, struct policy_page *page,
                              enum policy_outcome what)
{
    if (what == POLICY_RESCUED)
        use(policy, page);
    else if (what == POLICY_REJECTED || what == POLICY_DEFERRED)
        enter(policy, page, *segment_of(page));
}

static size_t w_tinylfu_export(struct policy *policy, uint64_t *cursor, struct policy_page **out,
                               size_t max)
{
    struct policy_list *segment = state_of(policy)->segment;
    struct policy_list *const lists[] = {&segment[WINDOW], &segment[PROBATION],
                                         &segment[PROTECTED]};
    return policy_export_lists(lists, SEGMENTS, cursor, out, max);
}

static const struct policy_parameter w_tinylfu_parameters[] = {
    {"window", 1}, {"protected", 80},   {"sample", 32},
    {"hashes", 4}, {"conservative", 1}, {NULL, 0}};

const struct policy_ops w_tinylfu_policy = {
    .name = "w-tinylfu",
    .paper = "Einziger, Friedman and Manes, TinyLFU, ACM Transactions on Storage 2017",
    .state_bytes = sizeof(struct w_tinylfu_state),
    .arena_bytes_fixed = sizeof(uint64_t),
    .arena_bytes_per_frame = sizeof(uint64_t), /* of COUNTERS_A_WORD counters */
    .parameters = w_tinylfu_parameters,
    .init = w_tinylfu_init,
    .resize = w_tinylfu_resize,
    .parameter = w_tinylfu_parameter,
    .insert = w_tinylfu_insert,
    .reference = w_tinylfu_reference,
    .remove = w_tinylfu_remove,
    .victims = w_tinylfu_victims,
    .outcome = w_tinylfu_outcome,
    .export = w_tinylfu_export,
};
