/*
 * Adaptive: one of several policies manages the pages, and shadow caches of all of them (see
 * shadows.h) tell which one should. When another has missed clearly less of late, the pages
 * change hands, coldest first, as in a live change of a group's policy.
 *
 *      pages ---> the acting policy ---> victims
 *        |               ^ chosen by
 *        +--> sample --> shadows: LIRS, CAR, Clock, SIEVE ---> misses
 *
 * The candidates between them have an answer to loops and scans (LIRS), to a mix of once and often (CAR),
 * to working sets that move (Clock) and to skew (SIEVE). LIRS begins, because where it is the right
 * one a late start costs most.
 *
 * Source: the choice among experts by sampled ghost caches is folklore; set duelling (Qureshi and
 * others, ISCA 2007) and SHARDS (FAST 2015) are the nearest papers.
 * Parameters: margin=2 (percent by which another must miss less of late), cost=20 (percent of the
 * frames: how many misses less that must be), switching=1 (0: LIRS for ever).
 * Sampling: uses of sampled pages are looked for by the shadows' hands and by a sweep, and told to the
 * acting policy too. A shadow notices a hit late, as its policy does anyway.
 */
#include "nodes.h"
#include "shadows.h"

#include <string.h>

extern const struct policy_ops lirs_policy, car_policy, clock_policy, sieve_policy;

static const struct policy_ops *const candidates[SHADOWS] = {&lirs_policy, &car_policy,
                                                             &clock_policy, &sieve_policy};

/* What the most demanding candidate has of arena. */
#define ACTING_BYTES_FIXED (2 * sizeof(struct policy_node))
#define ACTING_BYTES_PER_FRAME (2 * sizeof(struct policy_node))

struct adaptive_state {
    struct policy acting;
    uint64_t acting_state[SHADOW_STATE_WORDS];
    uint32_t acting_number;
    struct shadows shadows;
    uint64_t evictions_until_change;
    uint32_t margin, cost;
    bool switching;
};

static struct adaptive_state *state_of(struct policy *policy)
{
    return policy->state;
}

static size_t acting_bytes(size_t frames)
{
    return ACTING_BYTES_FIXED + ACTING_BYTES_PER_FRAME * frames;
}

static void *shadow_memory(struct policy *policy)
{
    return policy->arena + acting_bytes(policy->arena_frames);
}

/* ---------------------------------------------------------------- what the acting policy asks */

static bool acting_looked(struct policy *acting, struct policy_page *page)
{
    struct policy *policy = acting->core;
    if (!policy_looked(policy, page))
        return false;
    shadows_used(&state_of(policy)->shadows, page);
    return true;
}

static void acting_information(struct policy *acting, const struct policy_page *page,
                               struct policy_page_info *info)
{
    policy_page_information(acting->core, page, info);
}

static const struct policy_services acting_services = {acting_looked, acting_information};

/* The acting instance, with whatever may have moved since the last hook. */
static struct policy *enter(struct policy *policy)
{
    struct adaptive_state *state = state_of(policy);
    state->acting.core = policy;
    state->acting.state = state->acting_state;
    state->acting.arena = policy->arena;
    state->acting.virtual_time = policy->virtual_time;
    shadows_enter(&state->shadows, policy, candidates, shadow_memory(policy));
    return &state->acting;
}

static void begin_acting(struct policy *policy, uint32_t number)
{
    struct adaptive_state *state = state_of(policy);
    state->acting_number = number;
    state->acting = (struct policy){
        .ops = candidates[number],
        .capacity = policy->capacity,
        .state = state->acting_state,
        .arena = policy->arena,
        .arena_bytes = acting_bytes(policy->arena_frames),
        .arena_frames = policy->arena_frames,
        .virtual_time = policy->virtual_time,
        .seed = policy->seed,
        .core = policy,
        .services = &acting_services,
    };
    memset(state->acting_state, 0, sizeof state->acting_state);
    memset(policy->arena, 0, acting_bytes(policy->arena_frames));
    state->acting.ops->init(&state->acting);
}

/* ---------------------------------------------------------------- beginning */

static void begin_shadows(struct policy *policy)
{
    struct adaptive_state *state = state_of(policy);
    shadows_begin(&state->shadows, policy, candidates, shadow_memory(policy));
}

static void adaptive_init(struct policy *policy)
{
    *state_of(policy) = (struct adaptive_state){.margin = 2, .cost = 20, .switching = true};
    begin_acting(policy, 0);
    begin_shadows(policy);
}

/* The acting policy goes on with what it has. The shadows begin anew: their sizes change. */
static void adaptive_resize(struct policy *policy, size_t capacity)
{
    struct adaptive_state *state = state_of(policy);
    struct policy *acting = &state->acting;
    size_t kept = acting_bytes(acting->arena_frames);
    memset(policy->arena + kept, 0, policy->arena_bytes - kept);
    acting->core = policy;
    acting->state = state->acting_state;
    acting->arena = policy->arena;
    acting->arena_frames = policy->arena_frames;
    acting->arena_bytes = acting_bytes(policy->arena_frames);
    acting->capacity = capacity;
    if (acting->ops->resize != NULL)
        acting->ops->resize(acting, capacity);
    begin_shadows(policy);
}

static bool adaptive_parameter(struct policy *policy, const char *name, int64_t value)
{
    struct adaptive_state *state = state_of(policy);
    bool switching = strcmp(name, "switching") == 0;
    if (value < 0 || value > (switching ? 1 : 100))
        return false;
    if (switching)
        state->switching = value;
    else if (strcmp(name, "margin") == 0)
        state->margin = (uint32_t)value;
    else
        state->cost = (uint32_t)value;
    return true;
}

/* ---------------------------------------------------------------- the choice */

static void change_hands(struct policy *policy, uint32_t number)
{
    struct adaptive_state *state = state_of(policy);
    struct policy *acting = &state->acting;
    struct policy_list pages = {0};
    struct policy_page *batch[POLICY_VICTIMS_MAX];
    for (;;) {
        uint64_t cursor = 0;
        size_t count = acting->ops->export(acting, &cursor, batch, POLICY_VICTIMS_MAX);
        if (count == 0)
            break;
        for (size_t i = 0; i < count; i++) {
            acting->ops->remove(acting, batch[i], POLICY_ABANDONED);
            policy_list_push_back(&pages, batch[i]);
        }
    }
    begin_acting(policy, number);
    struct policy_insert_info info = {0};
    while (pages.front != NULL) {
        struct policy_page *page = pages.front;
        policy_list_remove(&pages, page);
        *page = (struct policy_page){0};
        acting->ops->insert(acting, page, POLICY_ADOPT, &info);
        info.rank++;
    }
}

/* Another must miss less by `margin` percent, and by so much that a change pays for itself: it costs
   some misses until the new policy knows the pages. */
static void reconsider(struct policy *policy)
{
    struct adaptive_state *state = state_of(policy);
    const struct shadow_cache *cache = state->shadows.cache;
    uint64_t current = cache[state->acting_number].misses;
    uint64_t cost = (uint64_t)state->shadows.frames * MISS_WEIGHT * state->cost / 100;
    uint32_t best = 0;
    for (uint32_t i = 1; i < SHADOWS; i++) {
        if (cache[i].misses < cache[best].misses)
            best = i;
    }
    if (!state->switching || state->evictions_until_change > 0 ||
        cache[best].misses * (100 + state->margin) >= current * 100 ||
        cache[best].misses + cost >= current)
        return;
    change_hands(policy, best);
    /* The linear work of a change, spread over so many evictions. */
    state->evictions_until_change = policy->capacity;
}

/* ---------------------------------------------------------------- hooks */

static void adaptive_insert(struct policy *policy, struct policy_page *page,
                            enum policy_insert_why why, const struct policy_insert_info *info)
{
    struct policy *acting = enter(policy);
    acting->ops->insert(acting, page, why, info);
    shadows_inserted(&state_of(policy)->shadows, page, why != POLICY_READAHEAD);
}

static void adaptive_reference(struct policy *policy, struct policy_page *page,
                               enum policy_channel channel)
{
    struct policy *acting = enter(policy);
    acting->ops->reference(acting, page, channel);
    shadows_used(&state_of(policy)->shadows, page);
}

static uint32_t adaptive_remove(struct policy *policy, struct policy_page *page,
                                enum policy_remove_why why)
{
    struct adaptive_state *state = state_of(policy);
    struct policy *acting = enter(policy);
    if (why == POLICY_EVICTED && state->evictions_until_change > 0)
        state->evictions_until_change--;
    shadows_removed(&state->shadows, page, why);
    return acting->ops->remove(acting, page, why);
}

static void found_by_shadow(struct policy *policy, struct policy_page *page)
{
    struct policy *acting = &state_of(policy)->acting;
    acting->ops->reference(acting, page, POLICY_SCAN);
}

static size_t adaptive_victims(struct policy *policy, size_t want, struct policy_page **out)
{
    struct policy *acting = enter(policy);
    shadows_tell(&state_of(policy)->shadows, found_by_shadow);
    return acting->ops->victims(acting, want, out);
}

static void adaptive_outcome(struct policy *policy, struct policy_page *page,
                             enum policy_outcome what)
{
    struct policy *acting = enter(policy);
    if (what == POLICY_RESCUED || what == POLICY_READAHEAD_USED)
        shadows_used(&state_of(policy)->shadows, page);
    if (acting->ops->outcome != NULL)
        acting->ops->outcome(acting, page, what);
}

static void adaptive_tick(struct policy *policy, size_t budget)
{
    enter(policy);
    shadows_sweep(&state_of(policy)->shadows, budget);
    shadows_tell(&state_of(policy)->shadows, found_by_shadow);
    reconsider(policy);
}

static size_t adaptive_export(struct policy *policy, uint64_t *cursor, struct policy_page **out,
                              size_t max)
{
    struct policy *acting = enter(policy);
    return acting->ops->export(acting, cursor, out, max);
}

static const struct policy_parameter adaptive_parameters[] = {
    {"margin", 2}, {"cost", 20}, {"switching", 1}, {NULL, 0}};

const struct policy_ops adaptive_policy = {
    .name = "adaptive",
    .paper =
        "Qureshi and others, ISCA 2007 (duelling); Waldspurger and others, FAST 2015 (sampling)",
    .state_bytes = sizeof(struct adaptive_state),
    .arena_bytes_fixed = ACTING_BYTES_FIXED + SHADOWS_BYTES_FIXED,
    .arena_bytes_per_frame = ACTING_BYTES_PER_FRAME + SHADOWS_BYTES_PER_FRAME,
    .parameters = adaptive_parameters,
    .init = adaptive_init,
    .resize = adaptive_resize,
    .parameter = adaptive_parameter,
    .insert = adaptive_insert,
    .reference = adaptive_reference,
    .remove = adaptive_remove,
    .victims = adaptive_victims,
    .outcome = adaptive_outcome,
    .tick = adaptive_tick,
    .export = adaptive_export,
};
