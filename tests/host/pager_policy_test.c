/*
 * Policies: each makes the choices of its naive model, residency survives a live change, and
 * the rules of the core hold for policies that lie.
 */
#include "frames_world.h"
#include "host_test.h"
#include "naive_policies.h"

#include <quire/errno.h>
#include <stdlib.h>
#include <string.h>

#define MEGABYTE (1ull << 20)

/* Skewed, with scans and loops in between. */
static uint64_t next_page(int step, uint64_t pages)
{
    if (step / 500 % 3 == 2)
        return (uint64_t)step % pages;
    uint64_t a = (uint64_t)rand() % pages, b = (uint64_t)rand() % pages;
    return a * b / pages;
}

static void compare_with_model(const char *policy, bool second_chance, uint32_t capacity)
{
    world_begin(16 * MEGABYTE, 0);
    int32_t error;
    struct group *group = group_create(0, capacity, policy, &error);
    assert_non_null(group);
    struct program *program = program_begin(group);
    struct naive_cache model = {.capacity = capacity, .second_chance = second_chance};
    srand(capacity);
    for (int step = 0; step < 6000; step++) {
        uint64_t page = next_page(step, capacity * 3);
        assert_int_equal(!program_access(program, page, false), naive_access(&model, page));
    }
    assert_true(model.misses > 500);
    struct group_statistics *counters = group_counters(group);
    assert_int_equal(counters->evictions_clean, model.misses - capacity);
    assert_int_equal(counters->refaults, model.misses - capacity * 3);
    assert_int_equal(counters->core_picked, 0);
    assert_int_equal(counters->rejected, 0);
    world_end();
}

static void fifo_chooses_as_the_naive_model(void **state)
{
    (void)state;
    for (uint32_t capacity = 8; capacity < 16; capacity++)
        compare_with_model("fifo", false, capacity);
    compare_with_model("fifo", false, 31);
}

/* Up to 15 frames the bits of new pages are cleared after every fault: no reference is lost. */
static void clock_chooses_as_the_naive_model(void **state)
{
    (void)state;
    for (uint32_t capacity = 8; capacity < 16; capacity++)
        compare_with_model("clock", true, capacity);
}

static uint64_t misses_of(const char *policy, uint64_t capacity)
{
    world_begin(16 * MEGABYTE, 0);
    int32_t error;
    struct group *group = group_create(0, capacity, policy, &error);
    struct program *program = program_begin(group);
    uint64_t misses = 0;
    srand(7);
    for (int step = 0; step < 40000; step++) {
        uint64_t a = (uint64_t)rand() % 1000, b = (uint64_t)rand() % 1000;
        misses += program_access(program, a * b / 1000 * b / 1000, false);
    }
    world_end();
    return misses;
}

/* Were the Accessed bit of the insert counted as a reference, or the clears not seen, they would miss alike. */
static void clock_keeps_what_is_used_again(void **state)
{
    (void)state;
    uint64_t fifo = misses_of("fifo", 200), clock = misses_of("clock", 200);
    assert_true(clock * 100 < fifo * 95);
}

static void accessed_bits_are_cleared_in_batches(void **state)
{
    (void)state;
    world_begin(16 * MEGABYTE, 0);
    struct program *program = program_begin(group_by_id(0));
    uint64_t calls = fake_counters.protect_calls;
    for (uint64_t i = 0; i < 640; i++)
        program_access(program, i, false);
    assert_int_equal(fake_counters.protect_calls - calls, 640 / 64);
    for (uint64_t i = 0; i < 640; i++)
        assert_int_equal(fake_entry(program->space.task, address_of(i)) & PAGE_ACCESSED, 0);
    world_end();
}

static void a_second_look_in_one_call_sees_the_clear(void **state)
{
    (void)state;
    world_begin(16 * MEGABYTE, 0);
    int32_t error;
    struct group *group = group_create(0, 100, "clock", &error);
    struct program *program = program_begin(group);
    for (uint64_t i = 0; i < 50; i++)
        program_access(program, i, false);
    for (uint64_t i = 0; i < 36; i++)
        assert_false(program_access(program, i, false));
    uint64_t calls = fake_counters.protect_calls;
    struct page *named[POLICY_VICTIMS_MAX];
    /* 36 referenced, 14 not: these, then the referenced ones whose bits the first look cleared. */
    assert_int_equal(policy_victims(group, 20, named), 20);
    for (int i = 0; i < 20; i++)
        assert_int_equal(named[i]->owner.anonymous->index, i < 14 ? 36 + i : i - 14);
    assert_int_equal(fake_counters.protect_calls - calls, 1);
    world_end();
}

/* ---------------------------------------------------------------- live change */

static void a_live_change_keeps_every_page(void **state)
{
    (void)state;
    world_begin(16 * MEGABYTE, 4096);
    int32_t error;
    struct group *group = group_create(0, 300, "clock", &error);
    struct program *program = program_begin(group);
    srand(3);
    for (int step = 0; step < 6000; step++) {
        uint64_t page = (uint64_t)rand() % 600;
        program_access(program, page, step % 3 == 0);
        if (step % 3 == 0)
            *program_memory(program, page) = page + 1;
        if (step % 500 == 0) {
            uint64_t resident = group_counters(group)->resident;
            const char *next = step % 1000 ? "clock" : "fifo";
            assert_int_equal(group_set_policy(group, next, strlen(next)), 0);
            assert_string_equal(group_counters(group)->policy, next);
            assert_int_equal(group_counters(group)->resident, resident);
        }
    }
    world_settle();
    assert_int_equal(group_counters(group)->rejected, 0);
    assert_int_equal(group_counters(group)->core_picked, 0);
    world_end();
}

static void order_goes_over_to_the_new_policy(void **state)
{
    (void)state;
    world_begin(16 * MEGABYTE, 0);
    int32_t error;
    struct group *group = group_create(0, 15, "fifo", &error);
    struct program *program = program_begin(group);
    struct naive_cache model = {.capacity = 15};
    for (int step = 0; step < 1000; step++) {
        uint64_t page = (uint64_t)rand() % 40;
        assert_int_equal(!program_access(program, page, false), naive_access(&model, page));
        if (step % 100 == 50)
            assert_int_equal(group_set_policy(group, " fifo ", 6), 0);
    }
    world_end();
}

static void bad_names_and_parameters_change_nothing(void **state)
{
    (void)state;
    world_begin(16 * MEGABYTE, 0);
    int32_t error;
    assert_null(group_create(0, 15, "no-such-policy", &error));
    assert_int_equal(error, -ENOENT);
    struct group *group = group_create(0, 15, "fifo", &error);
    assert_int_equal(group_set_policy(group, "nothing", 7), -ENOENT);
    assert_int_equal(group_set_policy(group, "", 0), -ENOENT);
    assert_int_equal(group_set_policy(group, "clock speed=3", 13), -EINVAL);
    assert_string_equal(group_counters(group)->policy, "fifo");
    assert_int_equal(group_set_limit(group, 20, 10), -EINVAL);
    assert_int_equal(group_destroy(group_by_id(0)), -EINVAL);
    assert_int_equal(group_set_option(group, 77, 1), -EINVAL);
    world_end();
}

/* ---------------------------------------------------------------- arenas */

/* First in, first out, with a note about each frame of capacity in its arena. */
#define NOTE 0xabcd0000u
static struct policy_list noter_list;
static size_t noter_frames, noter_resizes;

static void noter_init(struct policy *policy)
{
    noter_list = (struct policy_list){0};
    noter_resizes = 0;
    *(uint64_t *)policy->state = 0x1234;
    noter_frames = policy->arena_frames;
    for (size_t i = 0; i < noter_frames; i++)
        ((uint32_t *)policy->arena)[i] = NOTE + (uint32_t)i;
}

static void noter_resize(struct policy *policy, size_t capacity)
{
    uint32_t *notes = (uint32_t *)policy->arena;
    noter_resizes++;
    assert_int_equal(policy->capacity, capacity);
    assert_true(policy->arena_frames >= capacity);
    assert_true(policy->arena_bytes >= policy->arena_frames * sizeof *notes);
    assert_int_equal(*(uint64_t *)policy->state, 0x1234);
    for (size_t i = 0; i < policy->arena_frames; i++)
        assert_int_equal(notes[i], i < noter_frames ? NOTE + (uint32_t)i : 0);
    for (; noter_frames < policy->arena_frames; noter_frames++)
        notes[noter_frames] = NOTE + (uint32_t)noter_frames;
}

static void noter_insert(struct policy *policy, struct policy_page *page,
                         enum policy_insert_why why, const struct policy_insert_info *info)
{
    (void)policy, (void)why, (void)info;
    policy_list_push_back(&noter_list, page);
}

static uint32_t noter_remove(struct policy *policy, struct policy_page *page,
                             enum policy_remove_why why)
{
    (void)policy, (void)why;
    policy_list_remove(&noter_list, page);
    return 0;
}

static size_t noter_victims(struct policy *policy, size_t want, struct policy_page **out)
{
    (void)policy;
    size_t count = 0;
    for (struct policy_page *page = noter_list.front; page != NULL && count < want;
         page = policy_list_next(page))
        out[count++] = page;
    return count;
}

static size_t noter_export(struct policy *policy, uint64_t *cursor, struct policy_page **out,
                           size_t max)
{
    (void)policy;
    struct policy_list empty = {0}, *const lists[] = {&empty, &noter_list, &empty};
    return policy_export_lists(lists, 3, cursor, out, max);
}

static const struct policy_ops noter = {
    .name = "noter",
    .state_bytes = sizeof(uint64_t),
    .arena_bytes_per_frame = sizeof(uint32_t),
    .init = noter_init,
    .resize = noter_resize,
    .insert = noter_insert,
    .remove = noter_remove,
    .victims = noter_victims,
    .export = noter_export,
};

static void a_policy_keeps_what_it_knows_when_the_limit_changes(void **state)
{
    (void)state;
    world_begin(16 * MEGABYTE, 0);
    int32_t error;
    struct group *group = group_create(0, 15, "fifo", &error);
    struct policy_request request = {&noter, "", 0, false};
    assert_int_equal(policy_switch(group, &request), 0);
    struct program *program = program_begin(group);
    const uint64_t limits[] = {100, 8, 1500, 2000, 1900, 0};
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        for (uint64_t page = 0; page < 2000; page++)
            program_access(program, page, false);
        assert_int_equal(group_set_limit(group, 0, limits[i]), 0);
        assert_int_equal(noter_resizes, i + 1);
        world_settle();
        world_check();
    }
    assert_int_equal(group_counters(group)->core_picked, 0);
    assert_int_equal(group_set_policy(group, "clock", 5), 0);
    assert_int_equal(noter_list.length, 0);
    world_end();
}

/* No room for a larger arena: the old one and the old capacity go on. */
static void a_limit_that_the_arena_cannot_follow_is_kept_without(void **state)
{
    (void)state;
    world_begin(16 * MEGABYTE, 0);
    int32_t error;
    struct group *group = group_create(0, 15, "fifo", &error);
    struct policy_request request = {&noter, "", 0, false};
    assert_int_equal(policy_switch(group, &request), 0);
    while (pool_length() > frame_pool.reserve)
        assert_int_not_equal(frames_allocate_wired(1, PAGE_SIZE), 0);
    assert_int_equal(group_set_limit(group, 0, 2000), 0);
    assert_int_equal(noter_resizes, 0);
    assert_int_equal(group->policy.capacity, 15);
    assert_int_equal(((uint32_t *)group->policy.arena)[14], NOTE + 14);
    world_end();
}

/* ---------------------------------------------------------------- liars */

static struct policy_list liar_list;
static int liar_kind;
static struct page *liar_foreign;
static uint64_t liar_outcomes, liar_named;

static void liar_init(struct policy *policy)
{
    (void)policy;
    liar_list = (struct policy_list){0};
}

static void liar_insert(struct policy *policy, struct policy_page *page, enum policy_insert_why why,
                        const struct policy_insert_info *info)
{
    (void)policy, (void)why, (void)info;
    policy_list_push_back(&liar_list, page);
}

static uint32_t liar_remove(struct policy *policy, struct policy_page *page,
                            enum policy_remove_why why)
{
    (void)policy;
    policy_list_remove(&liar_list, page);
    liar_outcomes += why == POLICY_EVICTED;
    return 0x1234;
}

static size_t liar_victims(struct policy *policy, size_t want, struct policy_page **out)
{
    size_t count = 0;
    for (; count < want; count++) {
        switch (liar_kind) {
        case 0: return 0;
        case 1: out[count] = NULL; break;
        case 2: out[count] = (struct policy_page *)((uintptr_t)page_policy(PAGES) + 17); break;
        case 3: out[count] = (struct policy_page *)policy; break;
        case 4: out[count] = liar_list.front; break; /* always the same one */
        case 5: out[count] = page_policy(liar_foreign); break;
        case 6: out[count] = page_policy(&PAGES[frame_pool.frame_limit - 1]); break; /* wired */
        default: out[count] = page_policy(&PAGES[frame_pool.frame_limit + (1u << 20)]); break;
        }
        liar_named += liar_kind == 4;
    }
    return count;
}

static void liar_outcome(struct policy *policy, struct policy_page *page, enum policy_outcome what)
{
    (void)policy, (void)page;
    liar_outcomes += what == POLICY_REJECTED;
}

static size_t liar_export(struct policy *policy, uint64_t *cursor, struct policy_page **out,
                          size_t max)
{
    (void)policy, (void)cursor;
    for (size_t i = 0; i < max; i++)
        out[i] = i % 2 ? liar_list.front : (struct policy_page *)(uintptr_t)0xdead; /* for ever */
    return max;
}

static const struct policy_ops liar = {
    .name = "liar",
    .init = liar_init,
    .insert = liar_insert,
    .remove = liar_remove,
    .victims = liar_victims,
    .outcome = liar_outcome,
    .export = liar_export,
};

static void wrong_victims_cost_speed_only(void **state)
{
    (void)state;
    for (liar_kind = 0; liar_kind < 8; liar_kind++) {
        world_begin(16 * MEGABYTE, 4096);
        int32_t error;
        struct group *honest = group_create(0, 64, "fifo", &error);
        struct program *bystander = program_begin(honest);
        program_access(bystander, 0, true);
        liar_foreign = bystander->pages[0].page;
        struct group *group = group_create(0, 64, "fifo", &error);
        struct policy_request request = {&liar, "", 0, false};
        assert_int_equal(policy_switch(group, &request), 0);
        liar_outcomes = liar_named = 0;
        struct program *program = program_begin(group);
        for (uint64_t i = 0; i < 400; i++) {
            program_access(program, i % 150, true);
            *program_memory(program, i % 150) = i % 150 + 1;
        }
        for (uint64_t i = 0; i < 150; i++) {
            program_access(program, i, false);
            assert_int_equal(*program_memory(program, i), i + 1);
        }
        struct group_statistics *counters = group_counters(group);
        assert_true(counters->core_picked > 100);
        assert_true(counters->resident <= 64);
        assert_true(liar_kind == 0 || counters->rejected > 100);
        assert_ptr_equal(bystander->pages[0].page, liar_foreign);
        /* Leaves in good order although its export never ends. */
        assert_int_equal(group_set_policy(group, "clock", 5), 0);
        assert_int_equal(liar_list.length, 0);
        world_end();
    }
}

static void cookies_come_back_with_the_page(void **state)
{
    (void)state;
    world_begin(16 * MEGABYTE, 0);
    int32_t error;
    struct group *group = group_create(0, 8, "fifo", &error);
    struct policy_request request = {&liar, "", 0, false};
    liar_kind = 0;
    assert_int_equal(policy_switch(group, &request), 0);
    struct program *program = program_begin(group);
    for (uint64_t i = 0; i < 20; i++)
        program_access(program, i, false);
    uint64_t evicted = 0;
    for (uint64_t i = 0; i < 20; i++) {
        if (!program->pages[i].evicted)
            continue;
        assert_int_equal(program->pages[i].cookie, 0x1234);
        assert_true(program->pages[i].evicted_at < group_eviction_clock(group));
        evicted++;
    }
    assert_int_equal(evicted, 12);
    world_end();
}

extern const struct policy_ops template_policy;

static void the_template_works(void **state)
{
    (void)state;
    world_begin(16 * MEGABYTE, 0);
    int32_t error;
    struct group *group = group_create(0, 32, "fifo", &error);
    struct policy_request request = {&template_policy, " rounds=2 ", 10, false};
    assert_int_equal(policy_switch(group, &request), 0);
    request.parameters = "rounds=1000";
    request.length = 11;
    assert_int_equal(policy_switch(group, &request), -EINVAL);
    struct program *program = program_begin(group);
    for (uint64_t i = 0; i < 3000; i++)
        program_access(program, (uint64_t)rand() % 100, false);
    assert_int_equal(group_counters(group)->core_picked, group_counters(group)->core_picked);
    assert_int_equal(group_set_policy(group, "clock", 5), 0);
    world_end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fifo_chooses_as_the_naive_model),
        cmocka_unit_test(clock_chooses_as_the_naive_model),
        cmocka_unit_test(clock_keeps_what_is_used_again),
        cmocka_unit_test(accessed_bits_are_cleared_in_batches),
        cmocka_unit_test(a_second_look_in_one_call_sees_the_clear),
        cmocka_unit_test(a_live_change_keeps_every_page),
        cmocka_unit_test(order_goes_over_to_the_new_policy),
        cmocka_unit_test(bad_names_and_parameters_change_nothing),
        cmocka_unit_test(a_policy_keeps_what_it_knows_when_the_limit_changes),
        cmocka_unit_test(a_limit_that_the_arena_cannot_follow_is_kept_without),
        cmocka_unit_test(wrong_victims_cost_speed_only),
        cmocka_unit_test(cookies_come_back_with_the_page),
        cmocka_unit_test(the_template_works),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
