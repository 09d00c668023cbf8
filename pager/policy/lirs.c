/*
 * LIRS: a page is judged by the distance between its last two references. Pages where it is
 * short (LIR) have nearly all frames; the others (HIR) pass through a short queue, from whose
 * front victims come.
 *
 *      stack, by last reference:  bottom [L][g][L][h][g][L] top     L: LIR   h: HIR   g: ghost
 *      queue of resident HIR:     front  [h][h][h]          back
 *
 * A HIR page or ghost that is referenced while it is in the stack has a shorter distance than the
 * LIR page at the bottom: the two change roles. Whatever lies below the last LIR page is cut off,
 * so that being in the stack means just that.
 *
 * What the two kinds share is not the capacity but what evictions leave (kept.h): with a queue
 * shorter than what goes at once the LIR pages themselves would go.
 *
 * Paper: Jiang, Zhang, LIRS: an efficient low inter-reference recency set replacement policy to
 * improve buffer cache performance, SIGMETRICS 2002.
 * Parameters: hir=1 (percent of the capacity for the queue), ghosts=100 (percent of the capacity,
 * at most 100; beyond it the one that was evicted first is forgotten).
 * Sampling: uses are found at the front of the queue and at the bottom of the stack, so the order
 * of the stack is that of the finding. Loops and scans, its strong side, do not depend on it.
 */
#include "kept.h"
#include "nodes.h"

#include <string.h>

#define GHOSTS_PER_FRAME 1

/* What a node in the stack stands for. */
enum { FREE_NODE, LIR, HIR, GHOST };

struct lirs_state {
    struct policy_list queue;      /* resident HIR; front: the next to go */
    struct policy_list lir;        /* in the order of the stack, bottom first */
    struct policy_node_list stack; /* front: the bottom, always LIR */
    uint32_t oldest_ghost, newest_ghost;
    size_t ghosts;
    size_t kept;
    struct policy_nodes table;
    uint32_t hir_percent, ghost_percent;
};

struct lirs_page {
    uint32_t node; /* in the stack; 0: it is not there */
    bool lir;
};

static struct lirs_state *state_of(struct policy *policy)
{
    return policy->state;
}

static struct lirs_page *private_of(struct policy_page *page)
{
    return POLICY_PRIVATE(struct lirs_page, page);
}

static struct policy_list *list_of(struct policy *policy, struct policy_page *page)
{
    return private_of(page)->lir ? &state_of(policy)->lir : &state_of(policy)->queue;
}

static size_t lir_target(struct policy *policy)
{
    struct lirs_state *state = state_of(policy);
    size_t queue = state->kept * state->hir_percent / 100;
    return state->kept - (queue == 0 ? 1 : queue);
}

static bool is_ghost(const struct policy_node *node)
{
    return node->list == GHOST;
}

static void take_arena(struct policy *policy)
{
    nodes_place(&state_of(policy)->table, policy->arena,
                1 + policy->arena_frames * (1 + GHOSTS_PER_FRAME), is_ghost);
}

static void lirs_init(struct policy *policy)
{
    *state_of(policy) = (struct lirs_state){
        .kept = policy->capacity, .hir_percent = 1, .ghost_percent = 100 * GHOSTS_PER_FRAME};
    take_arena(policy);
}

/* ---------------------------------------------------------------- the stack */

static struct policy_node *node_of(struct policy *policy, uint32_t node)
{
    return &state_of(policy)->table.nodes[node];
}

/* Out of the stack, whatever it stands for. */
static void drop_node(struct policy *policy, uint32_t number)
{
    struct lirs_state *state = state_of(policy);
    struct policy_node *node = node_of(policy, number);
    if (node->list == GHOST) {
        ghost_unhash(&state->table, number);
        *(node->older != 0 ? &node_of(policy, node->older)->newer : &state->oldest_ghost) =
            node->newer;
        *(node->newer != 0 ? &node_of(policy, node->newer)->older : &state->newest_ghost) =
            node->older;
        state->ghosts--;
    } else {
        private_of(node->page)->node = 0;
    }
    node_list_remove(&state->table, &state->stack, number);
    node_free(&state->table, number);
}

/* Cuts off what lies below the last LIR page. */
static void prune(struct policy *policy)
{
    struct lirs_state *state = state_of(policy);
    while (state->stack.front != 0 && node_of(policy, state->stack.front)->list != LIR)
        drop_node(policy, state->stack.front);
}

static void make_ghost(struct policy *policy, uint32_t number, uint64_t tag)
{
    struct lirs_state *state = state_of(policy);
    struct policy_node *node = node_of(policy, number);
    node->list = GHOST;
    node->tag = tag;
    node->older = state->newest_ghost;
    node->newer = 0;
    *(state->newest_ghost != 0 ? &node_of(policy, state->newest_ghost)->newer
                               : &state->oldest_ghost) = number;
    state->newest_ghost = number;
    ghost_hash(&state->table, number);
    state->ghosts++;
    while (state->ghosts > policy->capacity * state->ghost_percent / 100)
        drop_node(policy, state->oldest_ghost);
}

/* The page's node goes to the top, or a new one. Without one to be had the page is HIR and not in
   the stack, which is a valid state. false: that is so. */
static bool stack_push(struct policy *policy, struct policy_page *page)
{
    struct lirs_state *state = state_of(policy);
    uint32_t number = private_of(page)->node;
    if (number != 0) {
        node_list_remove(&state->table, &state->stack, number);
    } else {
        if (state->table.free == 0 && state->oldest_ghost != 0)
            drop_node(policy, state->oldest_ghost);
        number = node_allocate(&state->table);
        if (number == 0)
            return false;
    }
    node_of(policy, number)->page = page;
    node_of(policy, number)->list = private_of(page)->lir ? LIR : HIR;
    private_of(page)->node = number;
    node_list_push_back(&state->table, &state->stack, number);
    return true;
}

/* ---------------------------------------------------------------- roles */

/* To the top of the stack as LIR. */
static void promote(struct policy *policy, struct policy_page *page)
{
    private_of(page)->lir = true;
    if (!stack_push(policy, page))
        private_of(page)->lir = false;
    policy_list_push_back(list_of(policy, page), page);
    prune(policy);
}

/* The LIR page at the bottom becomes HIR, unless a look shows that it does not belong there. */
static void demote_bottom(struct policy *policy)
{
    struct lirs_state *state = state_of(policy);
    for (size_t steps = state->lir.length; steps > 0; steps--) {
        struct policy_page *bottom = state->lir.front;
        policy_list_remove(&state->lir, bottom);
        if (steps > 1 && policy_looked(policy, bottom)) {
            promote(policy, bottom);
            continue;
        }
        drop_node(policy, private_of(bottom)->node);
        private_of(bottom)->lir = false;
        policy_list_push_back(&state->queue, bottom);
        prune(policy);
        return;
    }
}

static void keep_to_target(struct policy *policy)
{
    while (state_of(policy)->lir.length > lir_target(policy))
        demote_bottom(policy);
}

static void use(struct policy *policy, struct policy_page *page)
{
    struct lirs_state *state = state_of(policy);
    policy_list_remove(list_of(policy, page), page);
    if (private_of(page)->lir || private_of(page)->node != 0) {
        promote(policy, page);
        keep_to_target(policy);
    } else {
        stack_push(policy, page);
        policy_list_push_back(&state->queue, page);
    }
}

/* ---------------------------------------------------------------- hooks */

static void lirs_resize(struct policy *policy, size_t capacity)
{
    struct lirs_state *state = state_of(policy);
    state->kept = capacity;
    take_arena(policy);
    while (state->ghosts > policy->capacity * state->ghost_percent / 100)
        drop_node(policy, state->oldest_ghost);
}

static bool lirs_parameter(struct policy *policy, const char *name, int64_t value)
{
    bool hir = strcmp(name, "hir") == 0;
    if (value < (hir ? 1 : 0) || value > (hir ? 99 : 100 * GHOSTS_PER_FRAME))
        return false;
    *(hir ? &state_of(policy)->hir_percent : &state_of(policy)->ghost_percent) = (uint32_t)value;
    return true;
}

static void lirs_insert(struct policy *policy, struct policy_page *page, enum policy_insert_why why,
                        const struct policy_insert_info *info)
{
    struct lirs_state *state = state_of(policy);
    (void)info;
    uint32_t ghost = ghost_find(&state->table, policy_page_tag(policy, page));
    if (ghost != 0)
        drop_node(policy, ghost);
    /* Pages adopted come coldest first: each is LIR until a hotter one pushes it out. */
    if ((ghost != 0 && why == POLICY_REFAULT) || why == POLICY_ADOPT ||
        state->lir.length < lir_target(policy)) {
        promote(policy, page);
        keep_to_target(policy);
        return;
    }
    /* A stack begins with a LIR page: with none, being in it would mean nothing. */
    if (state->stack.front != 0)
        stack_push(policy, page);
    policy_list_push_back(&state->queue, page);
}

static void lirs_reference(struct policy *policy, struct policy_page *page,
                           enum policy_channel channel)
{
    (void)channel;
    use(policy, page);
}

static uint32_t lirs_remove(struct policy *policy, struct policy_page *page,
                            enum policy_remove_why why)
{
    uint32_t node = private_of(page)->node;
    policy_list_remove(list_of(policy, page), page);
    if (node != 0 && why == POLICY_EVICTED && !private_of(page)->lir)
        make_ghost(policy, node, policy_page_tag(policy, page));
    else if (node != 0)
        drop_node(policy, node);
    prune(policy);
    return 0;
}

/* The page to go next, at the front of the queue; NULL: there is none. */
static struct policy_page *choose(struct policy *policy)
{
    struct lirs_state *state = state_of(policy);
    keep_to_target(policy);
    /* Each look that finds a use clears it, so that the loop ends. */
    for (;;) {
        if (state->queue.length == 0)
            demote_bottom(policy);
        struct policy_page *page = state->queue.front;
        if (page == NULL || !policy_looked(policy, page))
            return page;
        use(policy, page);
    }
}

static size_t lirs_victims(struct policy *policy, size_t want, struct policy_page **out)
{
    struct lirs_state *state = state_of(policy);
    state->kept =
        kept_when_asked(policy, state->kept, state->queue.length + state->lir.length, want);
    return policy_choose_victims(policy, want, out, choose, list_of);
}

static void lirs_outcome(struct policy *policy, struct policy_page *page, enum policy_outcome what)
{
    struct policy_list *list = list_of(policy, page);
    if (what == POLICY_RESCUED)
        use(policy, page);
    else if ((what == POLICY_REJECTED || what == POLICY_DEFERRED) && !private_of(page)->lir)
        policy_list_move_back(list, list, page);
}

static size_t lirs_export(struct policy *policy, uint64_t *cursor, struct policy_page **out,
                          size_t max)
{
    struct policy_list *const lists[] = {&state_of(policy)->queue, &state_of(policy)->lir};
    return policy_export_lists(lists, 2, cursor, out, max);
}

static const struct policy_parameter lirs_parameters[] = {
    {"hir", 1}, {"ghosts", 100 * GHOSTS_PER_FRAME}, {NULL, 0}};

const struct policy_ops lirs_policy = {
    .name = "lirs",
    .paper = "Jiang and Zhang, LIRS, SIGMETRICS 2002",
    .state_bytes = sizeof(struct lirs_state),
    .arena_bytes_fixed = sizeof(struct policy_node),
    .arena_bytes_per_frame = (1 + GHOSTS_PER_FRAME) * sizeof(struct policy_node),
    .parameters = lirs_parameters,
    .init = lirs_init,
    .resize = lirs_resize,
    .parameter = lirs_parameter,
    .insert = lirs_insert,
    .reference = lirs_reference,
    .remove = lirs_remove,
    .victims = lirs_victims,
    .outcome = lirs_outcome,
    .export = lirs_export,
};
