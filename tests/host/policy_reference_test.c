/*
 * Every policy against its naive model (tests/reference/), decision by decision: on random,
 * looping, phased, scanning and adversarial references, with removals, pinned pages, writes in
 * flight and changes of capacity in between. References come as Accessed bits, as calls, or mixed.
 *
 * The arena moves at each growth, and the old one is freed: a pointer into it is an error that
 * the sanitizer reports.
 */
#include "host_test.h"
#include "naive.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CAPACITY_MIN 8
#define CAPACITY_MAX 60
#define STEPS 6000

#define TICK_BUDGET 16

enum references { BY_BIT, BY_CALL, MIXED };
enum pattern { RANDOM, SKEWED, LOOP, PHASES, SCAN, ADVERSARIAL, PATTERNS };

struct world_page {
    struct policy_page policy; /* first */
    bool resident, evicted, dirty, deferred, pinned;
    bool bit, naive_bit;
    uint32_t cookie;
    uint64_t evicted_at;
};

static struct world_page pages[NAIVE_PAGES];
static struct policy real;
static const struct naive_model *model;
static size_t resident;
static uint64_t evictions;
static enum references references;

size_t naive_capacity, naive_capacity_ever;
uint64_t naive_time, naive_seed;

/* ---------------------------------------------------------------- what both sides may ask */

bool policy_core_looked(struct policy *policy, struct policy_page *page)
{
    struct world_page *known = (struct world_page *)page;
    assert_true(known->resident);
    bool bit = known->bit;
    known->bit = false;
    policy->virtual_time += bit;
    return bit;
}

void policy_core_page_information(struct policy *policy, const struct policy_page *page,
                                  struct policy_page_info *info)
{
    (void)policy;
    const struct world_page *known = (const struct world_page *)page;
    *info = (struct policy_page_info){
        .object = 7, .index = (uint64_t)(known - pages), .dirty = known->dirty, .mappings = 1};
}

bool naive_looked(int page)
{
    assert_true(pages[page].resident);
    bool bit = pages[page].naive_bit;
    pages[page].naive_bit = false;
    naive_time += bit;
    return bit;
}

bool naive_dirty(int page)
{
    return pages[page].dirty;
}

uint64_t naive_tag(int page)
{
    return policy_page_tag(&real, &pages[page].policy);
}

/* ---------------------------------------------------------------- the world */

static void set_arena(size_t frames)
{
    size_t bytes = real.ops->arena_bytes_fixed + real.ops->arena_bytes_per_frame * frames;
    uint8_t *state = calloc(1, real.ops->state_bytes + 1), *arena = calloc(1, bytes + 1);
    if (real.state != NULL) {
        memcpy(state, real.state, real.ops->state_bytes);
        memcpy(arena, real.arena, real.arena_bytes);
        free(real.state);
        free(real.arena);
    }
    real.state = state;
    real.arena = arena;
    real.arena_bytes = bytes;
    real.arena_frames = frames;
}

static void begin(const struct policy_ops *ops, size_t capacity, uint64_t seed)
{
    memset(pages, 0, sizeof pages);
    real = (struct policy){.ops = ops, .capacity = capacity, .seed = seed};
    set_arena(capacity);
    naive_capacity = naive_capacity_ever = capacity;
    naive_seed = seed;
    naive_time = 0;
    resident = 0;
    evictions = 0;
    ops->init(&real);
    model->begin();
}

static void end(void)
{
    if (real.ops->fini != NULL)
        real.ops->fini(&real);
    free(real.state);
    free(real.arena);
}

static void leave(int page, enum policy_remove_why why)
{
    struct world_page *known = &pages[page];
    model->remove(page, why);
    known->cookie = real.ops->remove(&real, &known->policy, why);
    known->resident = known->deferred = known->pinned = known->bit = known->naive_bit = false;
    known->evicted = why == POLICY_EVICTED;
    resident--;
    if (known->evicted)
        known->evicted_at = evictions++;
}

static void tell(int page, enum policy_outcome what)
{
    if (real.ops->outcome != NULL)
        real.ops->outcome(&real, &pages[page].policy, what);
    if (model->outcome != NULL)
        model->outcome(page, what);
}

/* Both name; the names are the same in the same order; each gets one end. */
static void evict(size_t want)
{
    struct policy_page *named[POLICY_VICTIMS_MAX];
    int expected[POLICY_VICTIMS_MAX];
    size_t count = real.ops->victims(&real, want, named);
    assert_in_range(count, 1, want);
    bool seen[NAIVE_PAGES] = {0};
    assert_int_equal(model->victims(want, expected), count);
    assert_int_equal(real.virtual_time, naive_time);
    for (size_t i = 0; i < count; i++) {
        int page = (int)((struct world_page *)named[i] - pages);
        assert_true(pages[page].resident && !seen[page]);
        seen[page] = true;
        assert_int_equal(page, expected[i]);
        expected[i] = page;
    }
    size_t before = resident;
    for (size_t i = 0; i < count; i++) {
        struct world_page *known = &pages[expected[i]];
        if (known->pinned || known->deferred) {
            tell(expected[i], POLICY_REJECTED);
        } else if (known->dirty && rand() % 2 == 0) {
            known->deferred = true;
            tell(expected[i], POLICY_DEFERRED);
        } else {
            leave(expected[i], POLICY_EVICTED);
        }
    }
    /* The core's own choice, when none could go. */
    for (int page = 0; resident == before && page < NAIVE_PAGES; page++) {
        if (pages[page].resident)
            leave(page, POLICY_EVICTED);
    }
}

static void hit(int page)
{
    struct world_page *known = &pages[page];
    if (known->deferred) {
        known->deferred = false;
        tell(page, POLICY_RESCUED);
    }
    bool by_call = references == BY_CALL || (references == MIXED && rand() % 2 == 0);
    if (!by_call || real.ops->reference == NULL || references == MIXED)
        known->bit = known->naive_bit = true;
    if (by_call && real.ops->reference != NULL) {
        real.virtual_time++;
        naive_time++;
        real.ops->reference(&real, &known->policy, rand() % 2 ? POLICY_SOFT : POLICY_IO);
        model->reference(page);
    }
}

static void enter(int page)
{
    struct world_page *known = &pages[page];
    while (resident >= real.capacity) {
        size_t batch = 1 + (size_t)rand() % (real.capacity / 4);
        evict(rand() % 2 ? 1 : batch > POLICY_VICTIMS_MAX ? POLICY_VICTIMS_MAX : batch);
    }
    struct policy_insert_info info = {0};
    enum policy_insert_why why = known->evicted     ? POLICY_REFAULT
                                 : rand() % 16 == 0 ? POLICY_COW_COPY
                                                    : POLICY_DEMAND;
    if (known->evicted) {
        info.cookie = known->cookie;
        info.refault_distance = evictions - known->evicted_at;
    }
    if (rand() % 16 == 0)
        why = POLICY_READAHEAD;
    known->policy = (struct policy_page){0};
    known->resident = true;
    known->dirty = false;
    resident++;
    real.virtual_time++;
    naive_time++;
    real.ops->insert(&real, &known->policy, why, &info);
    model->insert(page, why, info.refault_distance);
}

static void resize(size_t capacity)
{
    if (capacity > naive_capacity_ever)
        naive_capacity_ever = capacity;
    naive_capacity = capacity;
    if (capacity > real.arena_frames)
        set_arena(capacity);
    real.capacity = capacity;
    if (real.ops->resize != NULL)
        real.ops->resize(&real, capacity);
    if (model->resize != NULL)
        model->resize();
    while (resident > capacity)
        evict(1 + (size_t)rand() % POLICY_VICTIMS_MAX);
}

static void check_export(void)
{
    bool seen[NAIVE_PAGES] = {0};
    struct policy_page *out[NAIVE_PAGES];
    uint64_t cursor = 0;
    size_t total = 0, count;
    while ((count = real.ops->export(&real, &cursor, out, 1 + (size_t)rand() % 9)) != 0) {
        for (size_t i = 0; i < count; i++) {
            int page = (int)((struct world_page *)out[i] - pages);
            assert_true(pages[page].resident && !seen[page]);
            seen[page] = true;
        }
        total += count;
    }
    assert_int_equal(total, resident);
}

/* ---------------------------------------------------------------- references */

static int next_page(enum pattern pattern, int step)
{
    int capacity = (int)real.capacity;
    switch (pattern) {
    case RANDOM: return rand() % 120;
    case SKEWED: return rand() % (1 + rand() % NAIVE_PAGES);
    case LOOP: return step % (capacity + 1 + step / 2000 * 7);
    case PHASES: return (step / 700 * 37 + rand() % (capacity + 10)) % NAIVE_PAGES;
    case SCAN: return step % 3 ? rand() % (capacity / 2) : 60 + step / 3 % 190;
    default: /* again what was just evicted, or just stayed; bursts in between */
        if (step % 5 < 2) {
            for (int page = rand() % NAIVE_PAGES; page < NAIVE_PAGES; page++) {
                if (pages[page].evicted && pages[page].evicted_at + 3 > evictions)
                    return page;
            }
        }
        return step % 5 == 4 ? step / 50 % NAIVE_PAGES : rand() % (2 * capacity);
    }
}

static void disturb(void)
{
    int page = rand() % NAIVE_PAGES;
    struct world_page *known = &pages[page];
    switch (rand() % 8) {
    case 0:
        if (known->resident)
            leave(page, (enum policy_remove_why)(POLICY_UNMAPPED + rand() % 4));
        known->evicted = false;
        break;
    case 1: known->pinned = known->resident && rand() % 3 == 0; break;
    case 2:
    case 3: known->dirty = known->resident; break;
    case 4:
    case 5:
        if (known->deferred)
            leave(page, POLICY_EVICTED);
        break;
    case 6:
        if (rand() % 20 == 0)
            resize(CAPACITY_MIN + (size_t)rand() % (CAPACITY_MAX - CAPACITY_MIN));
        break;
    default:
        if (rand() % 20 == 0)
            check_export();
    }
}

static void compare(const struct policy_ops *ops, enum pattern pattern, bool disturbed)
{
    srand((unsigned)(pattern * 3 + references + 1));
    begin(ops, CAPACITY_MIN + (size_t)rand() % 30, (uint64_t)rand() << 20);
    for (int step = 0; step < STEPS; step++) {
        int page = next_page(pattern, step);
        if (pages[page].resident)
            hit(page);
        else
            enter(page);
        if (disturbed)
            disturb();
        if (real.ops->tick != NULL && step % 64 == 0)
            real.ops->tick(&real, TICK_BUDGET);
        if (model->tick != NULL && step % 64 == 0)
            model->tick(TICK_BUDGET);
    }
    assert_true(evictions > 200);
    check_export();
    end();
}

static const struct naive_model *const models[] = {&naive_fifo,
                                                   &naive_clock,
                                                   &naive_random,
                                                   &naive_lru_aging,
                                                   &naive_enhanced_clock,
                                                   &naive_wsclock,
                                                   &naive_two_queue,
                                                   &naive_lru_2,
                                                   &naive_lfu,
                                                   &naive_arc,
                                                   &naive_car,
                                                   &naive_clock_pro,
                                                   &naive_lirs,
                                                   &naive_sieve,
                                                   &naive_s3_fifo,
                                                   &naive_w_tinylfu,
                                                   &naive_mglru,
                                                   &naive_adaptive,
                                                   NULL};

/* The tutorial's my-sieve has SIEVE's. */
static const struct naive_model *model_of(const char *policy)
{
    if (strcmp(policy, "my-sieve") == 0)
        return &naive_sieve;
    size_t i = 0;
    while (models[i] != NULL && strcmp(models[i]->policy, policy) != 0)
        i++;
    return models[i];
}

static void compare_policy(void **state)
{
    const struct policy_ops *ops = *state;
    model = model_of(ops->name);
    assert_non_null(model);
    for (references = BY_BIT; references <= MIXED; references++) {
        for (enum pattern pattern = 0; pattern < PATTERNS; pattern++) {
            compare(ops, pattern, false);
            compare(ops, pattern, true);
        }
    }
}

/* More pages than frames, as when a group that ends leaves its pages to another. */
static void survive_more_pages_than_frames(void **state)
{
    const struct policy_ops *ops = *state;
    memset(pages, 0, sizeof pages);
    real = (struct policy){.ops = ops, .capacity = CAPACITY_MIN, .seed = 1};
    set_arena(CAPACITY_MIN);
    ops->init(&real);
    struct policy_insert_info info = {0};
    for (int page = 0; page < NAIVE_PAGES; page++) {
        pages[page].resident = true;
        real.virtual_time++;
        ops->insert(&real, &pages[page].policy, page % 2 ? POLICY_ADOPT : POLICY_DEMAND, &info);
        info.rank++;
    }
    srand(1);
    for (int left = NAIVE_PAGES; left > 0;) {
        struct policy_page *named[POLICY_VICTIMS_MAX];
        for (int i = 0; i < 10; i++)
            pages[rand() % NAIVE_PAGES].bit = true;
        size_t count = ops->victims(&real, 5, named);
        assert_in_range(count, 1, 5);
        for (size_t i = 0; i < count; i++, left--) {
            struct world_page *known = (struct world_page *)named[i];
            assert_true(known->resident);
            known->resident = false;
            ops->remove(&real, named[i], POLICY_EVICTED);
        }
    }
    struct policy_page *named[1];
    assert_int_equal(ops->victims(&real, 1, named), 0);
    end();
}

int main(void)
{
    struct CMUnitTest tests[64] = {0};
    static char names[64][80];
    size_t count = 0;
    for (size_t i = 0; policy_table[i] != NULL; i++) {
        void *ops = (void *)(uintptr_t)policy_table[i];
        snprintf(names[count], sizeof *names, "%s_chooses_as_its_naive_model",
                 policy_table[i]->name);
        tests[count] = (struct CMUnitTest){names[count], compare_policy, NULL, NULL, ops};
        count++;
        snprintf(names[count], sizeof *names, "%s_survives_more_pages_than_frames",
                 policy_table[i]->name);
        tests[count] =
            (struct CMUnitTest){names[count], survive_more_pages_than_frames, NULL, NULL, ops};
        count++;
    }
    return _cmocka_run_group_tests("policies", tests, count, NULL, NULL);
}
