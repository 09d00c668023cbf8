/*
 * CLOCK-Pro: LIRS on a clock. One ring holds hot pages, cold pages and ghosts of cold pages in the
 * order of arrival; a cold page or ghost is in its *test* for a while, and one that is used during its
 * test has a short reuse distance and becomes hot. Three hands go around:
 *
 *      cold   takes the next victim: a resident cold page that was not used
 *      hot    turns a hot page that was not used into a cold one, and ends tests on its way
 *      test   forgets the oldest ghosts when there are more than frames
 *
 * How many frames cold pages have is learnt: a use in a test gives them one more, a test that ends
 * without gives one back.
 *
 * Paper: Jiang, Chen, Zhang, CLOCK-Pro: an effective improvement of the CLOCK replacement, USENIX
 * ATC 2005.
 * Parameters: none.
 * Sampling: nothing is lost. The algorithm is made of Accessed bits.
 */
#include "nodes.h"

/* What a node in the ring stands for. */
enum { FREE_NODE, HOT, COLD, GHOST };

struct clock_pro_state {
    struct policy_nodes table;
    struct policy_node_list ring;            /* front and back are neighbours */
    uint32_t hand_hot, hand_cold, hand_test; /* nodes to look at next; 0: the front */
    size_t hot, cold, ghosts;
    size_t cold_target;
    struct policy_list overflow; /* pages that found no node; the first to go */
};

struct clock_pro_page {
    uint32_t node;   /* 0: in the overflow */
    bool referenced; /* by an access that the hardware does not show */
    bool named;
};

/* In a node's mark. */
#define IN_TEST 1u

static struct clock_pro_state *state_of(struct policy *policy)
{
    return policy->state;
}

static struct clock_pro_page *private_of(struct policy_page *page)
{
    return POLICY_PRIVATE(struct clock_pro_page, page);
}

static struct policy_node *node_of(struct policy *policy, uint32_t node)
{
    return &state_of(policy)->table.nodes[node];
}

static bool is_ghost(const struct policy_node *node)
{
    return node->list == GHOST;
}

static void take_arena(struct policy *policy)
{
    nodes_place(&state_of(policy)->table, policy->arena, 1 + 2 * policy->arena_frames, is_ghost);
}

static void clock_pro_init(struct policy *policy)
{
    *state_of(policy) = (struct clock_pro_state){.cold_target = policy->capacity};
    take_arena(policy);
}

static void clock_pro_resize(struct policy *policy, size_t capacity)
{
    take_arena(policy);
    if (state_of(policy)->cold_target > capacity)
        state_of(policy)->cold_target = capacity;
}

/* ---------------------------------------------------------------- the ring */

static uint32_t at_hand(struct policy *policy, uint32_t *hand)
{
    if (*hand == 0)
        *hand = state_of(policy)->ring.front;
    return *hand;
}

/* New nodes come in behind the hot hand: it sees them last. */
static void ring_insert(struct policy *policy, uint32_t number)
{
    struct clock_pro_state *state = state_of(policy);
    node_list_insert_before(&state->table, &state->ring, number,
                            state->ring.front == 0 ? 0 : at_hand(policy, &state->hand_hot));
}

static void ring_remove(struct policy *policy, uint32_t number)
{
    struct clock_pro_state *state = state_of(policy);
    uint32_t next = node_of(policy, number)->next;
    uint32_t *const hands[] = {&state->hand_hot, &state->hand_cold, &state->hand_test};
    for (size_t i = 0; i < 3; i++) {
        if (*hands[i] == number)
            *hands[i] = next;
    }
    node_list_remove(&state->table, &state->ring, number);
}

static void advance(struct policy *policy, uint32_t *hand)
{
    *hand = node_of(policy, *hand)->next;
}

static void forget_ghost(struct policy *policy, uint32_t number)
{
    struct clock_pro_state *state = state_of(policy);
    ghost_unhash(&state->table, number);
    ring_remove(policy, number);
    node_free(&state->table, number);
    state->ghosts--;
}

/* ---------------------------------------------------------------- the hands */

static bool used(struct policy *policy, struct policy_page *page)
{
    bool referenced = policy_looked(policy, page) || private_of(page)->referenced;
    private_of(page)->referenced = false;
    return referenced;
}

static void end_test(struct policy *policy, uint32_t number)
{
    struct clock_pro_state *state = state_of(policy);
    node_of(policy, number)->mark &= ~IN_TEST;
    if (state->cold_target > 1)
        state->cold_target--;
    if (node_of(policy, number)->list == GHOST)
        forget_ghost(policy, number);
}

static void use_in_test(struct policy *policy)
{
    if (state_of(policy)->cold_target < policy->capacity)
        state_of(policy)->cold_target++;
}

static void set_hot(struct policy *policy, uint32_t number)
{
    node_of(policy, number)->list = HOT;
    node_of(policy, number)->mark = 0;
    state_of(policy)->hot++;
}

/* Until one hot page has become cold. */
static void run_hand_hot(struct policy *policy)
{
    struct clock_pro_state *state = state_of(policy);
    while (state->hot > 0) {
        uint32_t number = at_hand(policy, &state->hand_hot);
        struct policy_node *node = node_of(policy, number);
        advance(policy, &state->hand_hot);
        if (node->list != HOT) {
            if (node->mark & IN_TEST)
                end_test(policy, number);
        } else if (!used(policy, node->page)) {
            node->list = COLD;
            state->hot--;
            state->cold++;
            return;
        }
    }
}

static void keep_to_target(struct policy *policy)
{
    struct clock_pro_state *state = state_of(policy);
    while (state->hot > 0 && state->hot > policy->capacity - state->cold_target)
        run_hand_hot(policy);
}

static void run_hand_test(struct policy *policy)
{
    struct clock_pro_state *state = state_of(policy);
    while (state->ghosts > policy->capacity) {
        uint32_t number = at_hand(policy, &state->hand_test);
        advance(policy, &state->hand_test);
        if (node_of(policy, number)->mark & IN_TEST)
            end_test(policy, number);
    }
}

/* A resident cold page found used: hot if that was in its test, else a new test begins. */
static void cold_page_used(struct policy *policy, uint32_t number)
{
    struct clock_pro_state *state = state_of(policy);
    bool in_test = node_of(policy, number)->mark & IN_TEST;
    ring_remove(policy, number);
    ring_insert(policy, number);
    node_of(policy, number)->mark = IN_TEST;
    if (!in_test)
        return;
    state->cold--;
    set_hot(policy, number);
    use_in_test(policy);
    keep_to_target(policy);
}

/* ---------------------------------------------------------------- hooks */

static void clock_pro_insert(struct policy *policy, struct policy_page *page,
                             enum policy_insert_why why, const struct policy_insert_info *info)
{
    struct clock_pro_state *state = state_of(policy);
    (void)info;
    uint32_t ghost = ghost_find(&state->table, policy_page_tag(policy, page));
    if (ghost != 0)
        forget_ghost(policy, ghost);
    for (size_t steps = state->ring.length;
         state->table.free == 0 && state->ghosts > 0 && steps > 0; steps--) {
        uint32_t number = at_hand(policy, &state->hand_test);
        advance(policy, &state->hand_test);
        if (node_of(policy, number)->list == GHOST)
            end_test(policy, number);
    }
    uint32_t number = node_allocate(&state->table);
    private_of(page)->node = number;
    if (number == 0) {
        policy_list_push_back(&state->overflow, page);
        return;
    }
    node_of(policy, number)->page = page;
    ring_insert(policy, number);
    if (ghost != 0 && why == POLICY_REFAULT) {
        set_hot(policy, number);
        use_in_test(policy);
        keep_to_target(policy);
    } else {
        node_of(policy, number)->list = COLD;
        node_of(policy, number)->mark = why == POLICY_READAHEAD ? 0 : IN_TEST;
        state->cold++;
    }
}

static void clock_pro_reference(struct policy *policy, struct policy_page *page,
                                enum policy_channel channel)
{
    (void)policy, (void)channel;
    private_of(page)->referenced = true;
}

static uint32_t clock_pro_remove(struct policy *policy, struct policy_page *page,
                                 enum policy_remove_why why)
{
    struct clock_pro_state *state = state_of(policy);
    uint32_t number = private_of(page)->node;
    struct policy_node *node = node_of(policy, number);
    if (number == 0) {
        policy_list_remove(&state->overflow, page);
        return 0;
    }
    *(node->list == HOT ? &state->hot : &state->cold) -= 1;
    if (why == POLICY_EVICTED && (node->mark & IN_TEST)) {
        node->list = GHOST;
        node->tag = policy_page_tag(policy, page);
        ghost_hash(&state->table, number);
        state->ghosts++;
        run_hand_test(policy);
    } else {
        ring_remove(policy, number);
        node_free(&state->table, number);
    }
    return 0;
}

/* The next cold page that was not used; NULL: there is none that is not named yet. */
static struct policy_page *choose(struct policy *policy, size_t named)
{
    struct clock_pro_state *state = state_of(policy);
    /* Each look that finds a use clears it, so that the loop ends. */
    for (;;) {
        if (state->cold <= named) {
            if (state->hot == 0)
                return NULL;
            run_hand_hot(policy);
        }
        uint32_t number = at_hand(policy, &state->hand_cold);
        struct policy_node *node = node_of(policy, number);
        advance(policy, &state->hand_cold);
        if (node->list != COLD || private_of(node->page)->named)
            continue;
        if (!used(policy, node->page))
            return node->page;
        cold_page_used(policy, number);
    }
}

static size_t clock_pro_victims(struct policy *policy, size_t want, struct policy_page **out)
{
    size_t count = policy_list_name(&state_of(policy)->overflow, want, out), chosen = 0;
    struct policy_page *page;
    while (count < want && (page = choose(policy, chosen)) != NULL) {
        private_of(page)->named = true;
        chosen++;
        out[count++] = page;
    }
    for (size_t i = 0; i < count; i++)
        private_of(out[i])->named = false;
    return count;
}

static void clock_pro_outcome(struct policy *policy, struct policy_page *page,
                              enum policy_outcome what)
{
    struct policy_list *overflow = &state_of(policy)->overflow;
    if (what == POLICY_RESCUED)
        private_of(page)->referenced = true;
    if (what != POLICY_READAHEAD_USED && what != POLICY_READAHEAD_WASTED &&
        private_of(page)->node == 0)
        policy_list_move_back(overflow, overflow, page);
}

/* From the hot hand on, which is the order of arrival: the cold ones, then the hot ones. */
static size_t clock_pro_export(struct policy *policy, uint64_t *cursor, struct policy_page **out,
                               size_t max)
{
    struct clock_pro_state *state = state_of(policy);
    uint32_t first = state->ring.front != 0 ? at_hand(policy, &state->hand_hot) : 0;
    uint32_t number = (uint32_t)*cursor, turn = (uint32_t)(*cursor >> 32); /* COLD, then HOT */
    size_t count = 0;
    while (first != 0 && turn <= 2 && count < max) {
        number = number == 0 ? first : node_of(policy, number)->next;
        if (number == 0)
            number = state->ring.front;
        if (number == first && ++turn > 2)
            break;
        if (node_of(policy, number)->list == (turn == 1 ? COLD : HOT))
            out[count++] = node_of(policy, number)->page;
    }
    *cursor = (uint64_t)turn << 32 | number;
    return count;
}

const struct policy_ops clock_pro_policy = {
    .name = "clock-pro",
    .paper = "Jiang, Chen and Zhang, CLOCK-Pro, USENIX ATC 2005",
    .state_bytes = sizeof(struct clock_pro_state),
    .arena_bytes_fixed = sizeof(struct policy_node),
    .arena_bytes_per_frame = 2 * sizeof(struct policy_node),
    .init = clock_pro_init,
    .resize = clock_pro_resize,
    .insert = clock_pro_insert,
    .reference = clock_pro_reference,
    .remove = clock_pro_remove,
    .victims = clock_pro_victims,
    .outcome = clock_pro_outcome,
    .export = clock_pro_export,
};
