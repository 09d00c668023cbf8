/*
 * Eviction: budgets, waiting for frames, rescues, writeback, the out-of-swap rule.
 */
#include "frames_world.h"
#include "host_test.h"
#include "swap.h"

#include <stdlib.h>
#include <string.h>

#define MEGABYTE (1ull << 20)

static void a_group_never_exceeds_its_limit(void **state)
{
    (void)state;
    world_begin(16 * MEGABYTE, 4096);
    int32_t error;
    struct group *small = group_create(0, 50, "clock", &error);
    struct group *large = group_create(0, 500, "fifo", &error);
    struct program *first = program_begin(small), *second = program_begin(large);
    for (int i = 0; i < 8000; i++) {
        uint64_t page = (uint64_t)rand() % 1000;
        program_access(i % 2 ? first : second, page, i % 3 == 0);
        if (i % 3 == 0)
            *program_memory(i % 2 ? first : second, page) = page + 1;
    }
    assert_true(group_counters(small)->resident_peak <= 50);
    assert_true(group_counters(large)->resident_peak <= 500);
    assert_int_equal(group_set_limit(large, 0, 100), 0);
    for (int i = 0; i < 100; i++)
        world_settle();
    assert_true(group_counters(large)->resident <= 100);
    world_end();
}

static void background_eviction_keeps_room_ahead_of_faults(void **state)
{
    (void)state;
    world_begin(16 * MEGABYTE, 4096);
    int32_t error;
    struct group *group = group_create(0, 512, "clock", &error);
    struct program *program = program_begin(group);
    uint64_t waited = 0;
    for (uint64_t i = 0; i < 3000; i++) {
        waited += group->counters.resident >= group->counters.limit;
        program_access(program, i % 1000, true);
        *program_memory(program, i % 1000) = i + 1;
        world_settle();
    }
    assert_int_equal(waited, 0);
    world_end();
}

/* Every frame of the machine, beyond any limit: the pool's watermarks. */
static void all_of_memory_can_be_paged(void **state)
{
    (void)state;
    world_begin(12 * MEGABYTE, 8192);
    struct program *program = program_begin(group_by_id(0));
    struct program *other = program_begin(group_by_id(0));
    for (int round = 0; round < 2; round++) {
        for (uint64_t i = 0; i < WORLD_PAGES; i++) {
            struct program *which = i % 2 ? program : other;
            program_access(which, i, true);
            uint64_t *memory = program_memory(which, i);
            assert_int_equal(*memory, round == 0 ? 0 : i + 1);
            *memory = i + 1;
        }
    }
    assert_true(pool_length() <= frame_pool.high + 64);
    assert_int_equal(fake_deaths, 0);
    world_end();
}

/* The minimum of a group is its own while others have more than theirs. */
static void a_minimum_is_protected_from_the_others(void **state)
{
    (void)state;
    world_begin(12 * MEGABYTE, 8192);
    int32_t error;
    struct group *quiet = group_create(300, 0, "fifo", &error);
    struct program *keeper = program_begin(quiet);
    for (uint64_t i = 0; i < 300; i++)
        program_access(keeper, i, true);
    struct program *hog = program_begin(group_by_id(0));
    for (uint64_t i = 0; i < WORLD_PAGES; i++) {
        program_access(hog, i, true);
        *program_memory(hog, i) = i + 1;
    }
    assert_int_equal(group_counters(quiet)->resident, 300);
    world_end();
}

static struct group *full_group(struct program **program, uint64_t pages)
{
    int32_t error;
    struct group *group = group_create(0, 64, "fifo", &error);
    *program = program_begin(group);
    for (uint64_t i = 0; i < pages; i++) {
        program_access(*program, i, true);
        *program_memory(*program, i) = i + 1;
    }
    return group;
}

static void a_page_used_while_it_is_written_stays(void **state)
{
    (void)state;
    world_begin(16 * MEGABYTE, 1024);
    struct program *program;
    struct group *group = full_group(&program, 60);
    world_disk.hold = true;
    struct eviction_result result = {0};
    evict_batch(group, 10, &result);
    assert_int_equal(result.started, 10);
    program_access(program, 3, false); /* a minor fault: still here */
    program_access(program, 4, true);
    *program_memory(program, 4) = 444;
    page_pin(program->pages[5].page);
    world_disk.hold = false;
    world_settle();
    assert_non_null(program->pages[3].page);
    assert_non_null(program->pages[4].page);
    assert_non_null(program->pages[5].page);
    assert_null(program->pages[6].page);
    assert_int_equal(group_counters(group)->rescued, 3);
    page_unpin(program->pages[5].page);
    /* The one written meanwhile is written again before it goes. */
    for (uint64_t i = 100; i < 200; i++)
        program_access(program, i, true);
    program_access(program, 4, false);
    assert_int_equal(*program_memory(program, 4), 444);
    world_end();
}

static void pinned_pages_never_go(void **state)
{
    (void)state;
    world_begin(16 * MEGABYTE, 1024);
    struct program *program;
    struct group *group = full_group(&program, 60);
    for (uint64_t i = 0; i < 58; i++)
        page_pin(program->pages[i].page);
    for (uint64_t i = 60; i < 300; i++)
        program_access(program, i, true);
    for (uint64_t i = 0; i < 58; i++) {
        assert_non_null(program->pages[i].page);
        page_unpin(program->pages[i].page);
    }
    assert_true(group_counters(group)->resident <= 64);
    world_end();
}

/* All pinned: an operation under way must be able to end, so it gets its frame all the same. */
static void a_group_with_nothing_but_pins_still_moves(void **state)
{
    (void)state;
    world_begin(16 * MEGABYTE, 1024);
    int32_t error;
    struct group *group = group_create(0, 8, "fifo", &error);
    struct program *program = program_begin(group);
    for (uint64_t i = 0; i < 14; i++) {
        program_access(program, i, true);
        page_pin(program->pages[i].page);
    }
    assert_int_equal(group_counters(group)->resident, 14);
    for (uint64_t i = 0; i < 14; i++)
        page_unpin(program->pages[i].page);
    for (uint64_t i = 14; i < 24; i++)
        program_access(program, i, true);
    assert_true(group_counters(group)->resident <= 8);
    assert_int_equal(fake_deaths, 0);
    world_end();
}

static void out_of_swap_stops_the_largest_of_the_group_only(void **state)
{
    (void)state;
    world_begin(16 * MEGABYTE, 257);
    int32_t error;
    struct group *group = group_create(0, 64, "clock", &error);
    struct group *elsewhere = group_create(0, 256, "clock", &error);
    struct program *small = program_begin(group), *large = program_begin(group);
    struct program *bystander = program_begin(elsewhere);
    for (uint64_t i = 0; i < 200; i++) {
        program_access(bystander, i, true);
        *program_memory(bystander, i) = i + 1;
    }
    for (uint64_t i = 0; i < 50; i++) {
        program_access(small, i, true);
        *program_memory(small, i) = i + 1;
    }
    uint64_t reached = 0;
    for (; reached < 1000 && !large->space.dying; reached++) {
        program_access(large, reached, true);
        if (!large->space.dying)
            *program_memory(large, reached) = reached + 1;
    }
    assert_ptr_equal(fake_dead, &large->space);
    assert_int_equal(fake_death_reason, DEATH_OUT_OF_SWAP);
    assert_int_equal(fake_deaths, 1);
    assert_true(reached > 200); /* swap was really full */
    program_end(large);
    for (uint64_t i = 0; i < 200; i++) {
        program_access(bystander, i, false);
        assert_int_equal(*program_memory(bystander, i), i + 1);
        if (i < 50) {
            program_access(small, i, false);
            assert_int_equal(*program_memory(small, i), i + 1);
        }
    }
    assert_int_equal(fake_deaths, 1);
    world_end();
}

static void without_swap_clean_pages_still_go(void **state)
{
    (void)state;
    world_begin(16 * MEGABYTE, 0);
    int32_t error;
    struct group *group = group_create(0, 64, "clock", &error);
    struct program *program = program_begin(group);
    for (uint64_t i = 0; i < 40; i++) {
        program_access(program, i, true);
        *program_memory(program, i) = i + 1;
    }
    for (uint64_t i = 0; i < 100; i++)
        file_page_make(i, group_by_id(0));
    for (uint64_t i = 100; i < 1000; i++)
        program_access(program, i, false);
    for (uint64_t i = 0; i < 40; i++)
        assert_false(program_access(program, i, false)); /* none of them could go */
    assert_int_equal(fake_deaths, 0);
    world_end();
}

/* ---------------------------------------------------------------- file pages */

struct flag {
    struct waiter waiter;
    bool set;
};

static void set_flag(struct waiter *waiter, int32_t result)
{
    assert_int_equal(result, 0);
    ((struct flag *)waiter)->set = true;
}

static void writeback_is_in_order_and_waits_for_all(void **state)
{
    (void)state;
    world_begin(16 * MEGABYTE, 0);
    struct flag done = {.waiter = {.resume = set_flag}};
    world_hold_file_writes = true;
    for (uint64_t i = 0; i < 300; i++) {
        struct page *page = file_page_make((i * 7) % 300, group_by_id(0));
        if (page->index % 3 != 0)
            file_page_dirty(page);
    }
    writeback_file(&world_file, 10, 280, &done.waiter);
    assert_int_equal(world_file_writes, 0);
    for (int round = 0; round < 20 && !done.set; round++) {
        file_complete();
        run_queue_drain();
    }
    assert_true(done.set);
    assert_int_equal(world_file_writes, 181); /* not the clean ones, not those outside */
    for (uint64_t i = 1; i < world_file_writes; i++)
        assert_true(world_file_order[i - 1] < world_file_order[i]);
    assert_int_equal(world_file.dirty, 200 - 181);
    assert_int_equal(world_file.references, 0);
    world_end();
}

static void writeback_waits_for_writes_that_eviction_began(void **state)
{
    (void)state;
    world_begin(16 * MEGABYTE, 0);
    struct flag done = {.waiter = {.resume = set_flag}};
    int32_t error;
    struct group *group = group_create(0, 64, "fifo", &error);
    world_hold_file_writes = true;
    for (uint64_t i = 0; i < 40; i++)
        file_page_dirty(file_page_make(i, group));
    struct eviction_result result = {0};
    evict_batch(group, 8, &result);
    assert_int_equal(result.started, 8);
    writeback_file(NULL, 0, UINT64_MAX, &done.waiter);
    run_queue_drain();
    assert_false(done.set);
    file_complete();
    run_queue_drain();
    assert_true(done.set);
    assert_int_equal(world_file.dirty, 0);
    assert_int_equal(group_counters(group)->resident, 32);
    assert_int_equal(group_counters(group)->file_outs, 40);
    world_end();
}

static void old_dirty_pages_are_written_by_themselves(void **state)
{
    (void)state;
    world_begin(16 * MEGABYTE, 0);
    file_page_dirty(file_page_make(5, group_by_id(0)));
    assert_true(fake_timer != 0);
    uint64_t ticks = 0;
    while (fake_timer != 0 && ticks < 100) {
        fake_clock = fake_timer;
        fake_timer = 0;
        background_tick();
        world_settle();
        ticks++;
    }
    assert_int_equal(world_file_writes, 1);
    assert_true(ticks < 20); /* and then the timer rests */
    world_end();
}

/* Random life of programs and groups; everything is given back. */
static void a_long_random_life_leaks_nothing(void **state)
{
    (void)state;
    world_begin(12 * MEGABYTE, 1500);
    srand(11);
    struct program *program[4] = {0};
    struct group *group[4] = {0};
    int32_t error;
    uint64_t free_before = pool_length() + frame_pool.counts[PAGE_STATE_DONATION];
    for (int step = 0; step < 20000; step++) {
        int which = rand() % 4;
        if (group[which] == NULL)
            group[which] =
                group_create(0, 20 + (uint64_t)rand() % 200, rand() % 2 ? "clock" : "fifo", &error);
        if (program[which] == NULL)
            program[which] = program_begin(group[which]);
        uint64_t page = (uint64_t)rand() % 300;
        bool write = rand() % 2;
        program_access(program[which], page, write);
        if (write && !program[which]->space.dying)
            *program_memory(program[which], page) = page ^ (uint64_t)which;
        world_disk.hold = rand() % 4 == 0;
        if (rand() % 10 == 0)
            group_set_limit(group[which], 0, 20 + (uint64_t)rand() % 200);
        if (rand() % 50 == 0)
            assert_int_equal(group_set_policy(group[which], rand() % 2 ? "clock" : "fifo",
                                              rand() % 2 ? 5 : 4) > 0,
                             0);
        world_disk.hold = false;
        if (rand() % 400 == 0 || program[which]->space.dying) {
            program_end(program[which]);
            program[which] = NULL;
            if (rand() % 2) {
                assert_int_equal(group_destroy(group[which]), 0);
                group[which] = NULL;
            }
        }
    }
    for (int i = 0; i < 4; i++) {
        if (program[i] != NULL)
            program_end(program[i]);
        if (group[i] != NULL)
            assert_int_equal(group_destroy(group[i]), 0);
    }
    for (int i = 0; i < 10; i++)
        world_settle();
    assert_int_equal(swap_slots_free(), swap_slots_total());
    assert_int_equal(frame_pool.anonymous, 0);
    uint64_t free_after = pool_length() + frame_pool.counts[PAGE_STATE_DONATION];
    assert_true(free_before - free_after <=
                3); /* the directory of groups, tables of split blocks */
    world_end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_group_never_exceeds_its_limit),
        cmocka_unit_test(background_eviction_keeps_room_ahead_of_faults),
        cmocka_unit_test(all_of_memory_can_be_paged),
        cmocka_unit_test(a_minimum_is_protected_from_the_others),
        cmocka_unit_test(a_page_used_while_it_is_written_stays),
        cmocka_unit_test(pinned_pages_never_go),
        cmocka_unit_test(a_group_with_nothing_but_pins_still_moves),
        cmocka_unit_test(out_of_swap_stops_the_largest_of_the_group_only),
        cmocka_unit_test(without_swap_clean_pages_still_go),
        cmocka_unit_test(writeback_is_in_order_and_waits_for_all),
        cmocka_unit_test(writeback_waits_for_writes_that_eviction_began),
        cmocka_unit_test(old_dirty_pages_are_written_by_themselves),
        cmocka_unit_test(a_long_random_life_leaks_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
