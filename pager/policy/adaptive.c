/*
 * Adaptive: LIRS whose two sizes are chosen while it runs. Three experts, each LIRS with other
 * sizes, duel in small caches on a sample of the pages (duel.h), and the pages are managed as the
 * best of them would.
 *
 *      queue  front [h][h][h][h] back     victims come from the front
 *      lir    front [L][L][L][L] back     front: used least recently, the bottom of LIRS' stack
 *
 *      expert       LIR pages   memory for evicted pages
 *      recent            none   none                    LRU, by bits a clock: working sets that move
 *      frequent          99 %   as many as frames       LIRS: loops, scans, phases
 *      select            99 %   40 %                    LIRS that is slower to trust: skew
 *
 * Each part is one of the frames that evictions leave (kept.h), the memory one of the capacity.
 *
 * A page of the queue, or one that comes back, becomes LIR if its last two uses are not farther
 * apart than the LIR page at the bottom has been unused. LIRS finds that out with a stack that holds
 * evicted pages too; here each page has the time of its last use, and takes it along as cookie, so
 * that there is neither stack nor ghost. A use of a LIR page counts when a look comes to it, even if
 * it is reported: exact order among those is noise, and costs LIRS up to 4 % on skewed references.
 *
 *      start: all pages in the queue ---half full---> rehearsal: the experts duel for half the
 *      capacity, nothing is evicted ---full---> the winner has the pages, the duel begins anew
 *
 * So there is evidence before the first eviction, where a wrong choice costs most.
 *
 * Papers: Jiang, Zhang, LIRS, SIGMETRICS 2002; the duel is after Qureshi and others, Adaptive
 * insertion policies, ISCA 2007, and SHARDS (duel.h). The combination is Quire's own.
 * Parameters: evidence=3 (standard deviations by which another must lead), patience=25 (percent of
 * the frames that frequent or select may have lost before recent takes over), trust=15 (the other
 * way round), expert=0 (1, 2, 3: recent, frequent, select for ever).
 * Sampling: the table in docs/policies.md has both columns. Uses of sampled pages are looked for by
 * a sweep as well, because a cache would not hear of uses of a page that the owner does not look at.
 */
#include "duel.h"
#include "kept.h"

#include <string.h>

/* In the rehearsal this deviation speaks for FREQUENT, and fewer misses than one in REHEARSAL_MISSES
   frames that only one of the two had say nothing. */
#define REHEARSAL_EVIDENCE 2
#define REHEARSAL_MISSES 4

enum stage { START, REHEARSAL, DUEL };

struct adaptive_state {
    struct policy_list queue, lir, leaving; /* leaving: DEFERRED, not to be named meanwhile */
    struct duel duel;
    uint64_t evictions_until_change;
    size_t kept;
    uint32_t expert;
    struct duel_terms terms;
    enum stage stage;
    bool fixed;
};

struct adaptive_page {
    uint32_t time; /* of the last use found */
    bool lir, leaving;
    bool used; /* since the last look, by an access that the hardware does not show any more */
};

static struct adaptive_state *state_of(struct policy *policy)
{
    return policy->state;
}

static struct adaptive_page *private_of(struct policy_page *page)
{
    return POLICY_PRIVATE(struct adaptive_page, page);
}

static struct policy_list *list_of(struct policy *policy, struct policy_page *page)
{
    struct adaptive_state *state = state_of(policy);
    return private_of(page)->leaving ? &state->leaving
           : private_of(page)->lir   ? &state->lir
                                     : &state->queue;
}

static struct duel *enter(struct policy *policy)
{
    struct duel *duel = &state_of(policy)->duel;
    duel_enter(duel, policy, policy->arena);
    return duel;
}

/* ---------------------------------------------------------------- the two lists */

static size_t lir_target(struct policy *policy)
{
    return expert_lir_target(&experts[state_of(policy)->expert], state_of(policy)->kept);
}

static bool is_recent(struct policy *policy, uint32_t time)
{
    struct policy_page *bottom = state_of(policy)->lir.front;
    return bottom != NULL && not_earlier(time, private_of(bottom)->time);
}

static void put_back(struct policy *policy, struct policy_page *page, bool lir)
{
    private_of(page)->lir = lir;
    policy_list_push_back(list_of(policy, page), page);
}

static void put_used(struct policy *policy, struct policy_page *page, bool lir)
{
    private_of(page)->time = (uint32_t)policy->virtual_time;
    put_back(policy, page, lir);
}

/* A use that somebody else's look has found, or that was reported. */
static void found(struct policy *policy, struct policy_page *page)
{
    struct adaptive_page *private = private_of(page);
    private->used = private->lir || private->leaving || is_recent(policy, private->time);
    if (private->used)
        return;
    policy_list_remove(&state_of(policy)->queue, page);
    put_used(policy, page, false);
}

static bool look(struct policy *policy, struct policy_page *page)
{
    struct adaptive_page *private = private_of(page);
    bool used = private->used;
    private->used = false;
    if (!policy_looked(policy, page))
        return used;
    if (state_of(policy)->stage != START)
        duel_used(&state_of(policy)->duel, page);
    return true;
}

/* LIR pages beyond the target go to the queue, those least recently used first. */
static void keep_to_target(struct policy *policy, size_t target)
{
    struct policy_list *lir = &state_of(policy)->lir;
    for (size_t looks = lir->length; lir->length > target;) {
        struct policy_page *bottom = lir->front;
        bool used = looks > 1 && look(policy, bottom);
        looks -= looks > 0;
        policy_list_remove(lir, bottom);
        if (used)
            put_used(policy, bottom, true);
        else
            put_back(policy, bottom, false);
    }
}

static void use(struct policy *policy, struct policy_page *page)
{
    bool lir = private_of(page)->lir || is_recent(policy, private_of(page)->time);
    policy_list_remove(list_of(policy, page), page);
    put_used(policy, page, lir);
    keep_to_target(policy, lir_target(policy));
}

/* ---------------------------------------------------------------- changes of expert */

/* The page used longest ago, of those at the front of the two lists; NULL: there is none. */
static struct policy_page *older_front(struct policy *policy)
{
    struct policy_page *queue = state_of(policy)->queue.front, *lir = state_of(policy)->lir.front;
    if (lir == NULL || queue == NULL)
        return lir == NULL ? queue : lir;
    return not_earlier(private_of(queue)->time, private_of(lir)->time) ? lir : queue;
}

/* All pages in one row by their time, and the newest become LIR, as many as there may be. */
static void rearrange(struct policy *policy)
{
    struct adaptive_state *state = state_of(policy);
    struct policy_list row = {0};
    for (struct policy_page *page; (page = older_front(policy)) != NULL;) {
        policy_list_remove(list_of(policy, page), page);
        private_of(page)->lir = false;
        policy_list_push_back(&row, page);
    }
    for (size_t left = lir_target(policy); left > 0 && row.back != NULL; left--) {
        struct policy_page *page = row.back;
        policy_list_remove(&row, page);
        private_of(page)->lir = true;
        policy_list_push_front(&state->lir, page);
    }
    state->queue = row;
}

static void change_expert(struct policy *policy, uint32_t expert)
{
    struct adaptive_state *state = state_of(policy);
    uint32_t old = state->expert;
    state->expert = expert;
    if (experts[expert].lir == experts[old].lir)
        return;
    rearrange(policy);
    /* The linear work of a change, spread over so many evictions. */
    state->evictions_until_change = policy->capacity / 4;
}

/* All pages to the caches, coldest first: once through both lists, front to back. */
static void begin_duel(struct policy *policy, uint32_t divisor)
{
    struct adaptive_state *state = state_of(policy);
    size_t queue = state->queue.length, lir = state->lir.length;
    duel_begin(&state->duel, policy, policy->arena, divisor);
    while (queue + lir > 0) {
        struct policy_page *page = queue == 0 ? state->lir.front
                                   : lir == 0 ? state->queue.front
                                              : older_front(policy);
        struct policy_list *list = list_of(policy, page);
        *(private_of(page)->lir ? &lir : &queue) -= 1;
        duel_adopt(&state->duel, page);
        policy_list_move_back(list, list, page);
    }
}

static void reconsider(struct policy *policy)
{
    struct adaptive_state *state = state_of(policy);
    if (state->fixed || state->evictions_until_change > 0)
        return;
    change_expert(policy, duel_winner(&state->duel, state->expert, &state->terms));
}

/* The first eviction: who begins? FREQUENT if it leads, and where nothing speaks for either (as in
   the first round of a loop), because where it is the right one a late start costs most. */
static void end_rehearsal(struct policy *policy)
{
    struct adaptive_state *state = state_of(policy);
    struct duel *duel = enter(policy);
    bool doubtful = false;
    if (state->stage == REHEARSAL) {
        duel_sweep(duel, duel->entry_count, found);
        uint64_t misses = duel->lead[RECENT][FREQUENT] + duel->lead[FREQUENT][RECENT];
        doubtful = misses * REHEARSAL_MISSES >= (uint64_t)duel->frames * DUEL_WEIGHT &&
                   duel_lead(duel, RECENT, FREQUENT, REHEARSAL_EVIDENCE) == 0;
    }
    state->stage = DUEL;
    if (!state->fixed && !doubtful)
        state->expert = FREQUENT;
    rearrange(policy);
    begin_duel(policy, 1);
}

/* ---------------------------------------------------------------- hooks */

static void adaptive_init(struct policy *policy)
{
    *state_of(policy) = (struct adaptive_state){
        .kept = policy->capacity, .terms = {.evidence = 3, .patience = 25, .trust = 15}};
}

/* The caches begin anew: their sizes change. */
static void adaptive_resize(struct policy *policy, size_t capacity)
{
    state_of(policy)->kept = capacity;
    if (state_of(policy)->stage != START)
        begin_duel(policy, state_of(policy)->stage == REHEARSAL ? 2 : 1);
}

static bool adaptive_parameter(struct policy *policy, const char *name, int64_t value)
{
    struct adaptive_state *state = state_of(policy);
    bool expert = strcmp(name, "expert") == 0;
    if (value < 0 || value > (expert ? EXPERTS : 100))
        return false;
    if (expert) {
        state->fixed = value > 0;
        change_expert(policy, value > 0 ? (uint32_t)value - 1 : state->expert);
    } else if (strcmp(name, "evidence") == 0) {
        state->terms.evidence = (uint32_t)value;
    } else {
        *(strcmp(name, "trust") == 0 ? &state->terms.trust : &state->terms.patience) =
            (uint32_t)value;
    }
    return true;
}

static void adaptive_insert(struct policy *policy, struct policy_page *page,
                            enum policy_insert_why why, const struct policy_insert_info *info)
{
    struct adaptive_state *state = state_of(policy);
    if (state->stage == START) {
        put_used(policy, page, false);
        if (state->queue.length > policy->capacity / 2) {
            state->stage = REHEARSAL;
            begin_duel(policy, 2);
        }
        return;
    }
    size_t memory = expert_memory(&experts[state->expert], policy->capacity);
    bool remembered = why == POLICY_REFAULT && info->refault_distance <= memory &&
                      info->cookie != 0 && is_recent(policy, info->cookie);
    bool room =
        state->stage == DUEL && why != POLICY_READAHEAD && state->lir.length < lir_target(policy);
    put_used(policy, page, remembered || room);
    duel_inserted(enter(policy), page, why != POLICY_READAHEAD);
}

static void adaptive_reference(struct policy *policy, struct policy_page *page,
                               enum policy_channel channel)
{
    (void)channel;
    found(policy, page);
    if (state_of(policy)->stage != START)
        duel_used(enter(policy), page);
}

static uint32_t adaptive_remove(struct policy *policy, struct policy_page *page,
                                enum policy_remove_why why)
{
    struct adaptive_state *state = state_of(policy);
    uint32_t time = private_of(page)->time;
    if (why == POLICY_EVICTED && state->evictions_until_change > 0)
        state->evictions_until_change--;
    policy_list_remove(list_of(policy, page), page);
    if (state->stage != START)
        duel_removed(enter(policy), page, why);
    return time != 0 ? time : 1;
}

static size_t adaptive_victims(struct policy *policy, size_t want, struct policy_page **out)
{
    struct adaptive_state *state = state_of(policy);
    size_t count = 0;
    state->kept =
        kept_when_asked(policy, state->kept, state->queue.length + state->lir.length, want);
    if (state->stage != DUEL)
        end_rehearsal(policy);
    duel_sweep(enter(policy), want, found);
    reconsider(policy);
    keep_to_target(policy, lir_target(policy));
    /* Each look that finds a use clears it, so that the loop ends. */
    while (count < want && state->queue.length + state->lir.length > 0) {
        if (state->queue.length == 0)
            keep_to_target(policy, state->lir.length - 1);
        struct policy_page *page = state->queue.front;
        if (look(policy, page)) {
            use(policy, page);
            continue;
        }
        policy_list_remove(&state->queue, page);
        out[count++] = page;
    }
    /* Named, not gone: back to where they were. */
    for (size_t i = count; i-- > 0;)
        policy_list_push_front(&state->queue, out[i]);
    return count;
}

static void adaptive_outcome(struct policy *policy, struct policy_page *page,
                             enum policy_outcome what)
{
    bool stays = what == POLICY_REJECTED || what == POLICY_DEFERRED || what == POLICY_RESCUED;
    if (stays && !private_of(page)->lir) {
        policy_list_remove(list_of(policy, page), page);
        private_of(page)->leaving = what == POLICY_DEFERRED;
        policy_list_push_back(list_of(policy, page), page);
    }
    if (what == POLICY_RESCUED || what == POLICY_READAHEAD_USED)
        adaptive_reference(policy, page, POLICY_SOFT);
}

static void adaptive_tick(struct policy *policy, size_t budget)
{
    if (state_of(policy)->stage != START)
        duel_sweep(enter(policy), budget, found);
}

static size_t adaptive_export(struct policy *policy, uint64_t *cursor, struct policy_page **out,
                              size_t max)
{
    struct adaptive_state *state = state_of(policy);
    struct policy_list *const lists[] = {&state->leaving, &state->queue, &state->lir};
    return policy_export_lists(lists, 3, cursor, out, max);
}

static const struct policy_parameter adaptive_parameters[] = {
    {"evidence", 3}, {"patience", 25}, {"trust", 15}, {"expert", 0}, {NULL, 0}};

const struct policy_ops adaptive_policy = {
    .name = "adaptive",
    .paper = "LIRS (Jiang and Zhang, SIGMETRICS 2002) with sizes chosen by a duel on a sample",
    .state_bytes = sizeof(struct adaptive_state),
    .arena_bytes_fixed = DUEL_BYTES,
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
