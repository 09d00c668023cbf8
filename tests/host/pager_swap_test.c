/*
 * The swap map against a naive model, and transfers to and from the disk.
 */
#include "frames_world.h"
#include "host_test.h"
#include "swap.h"

#include <stdlib.h>
#include <string.h>

#define MEGABYTE (1ull << 20)

static void the_map_agrees_with_a_naive_model(void **state)
{
    (void)state;
    enum { SLOTS = 777 };
    static bool model[SLOTS];
    memset(model, 0, sizeof model);
    fake_kernel_boot(16 * MEGABYTE, 0);
    assert_true(swap_map_create(SLOTS));
    uint64_t free_slots = SLOTS - 1;
    srand(1);
    for (int step = 0; step < 20000; step++) {
        bool fill = step / 2000 % 2 == 0;
        if (rand() % 10 < (fill ? 7 : 2)) {
            uint32_t want = 1 + (uint32_t)rand() % 32, first = 0;
            uint32_t got = swap_reserve_run(want, &first);
            assert_int_equal(got == 0, free_slots == 0);
            assert_true(got <= want);
            for (uint32_t i = first; i < first + got; i++) {
                assert_true(i != 0 && i < SLOTS && !model[i]);
                model[i] = true;
            }
            free_slots -= got;
        } else {
            uint32_t slot = 1 + (uint32_t)rand() % (SLOTS - 1);
            if (model[slot]) {
                swap_map_free(slot);
                model[slot] = false;
                free_slots++;
            }
        }
        assert_int_equal(swap_slots_free(), free_slots);
    }
    swap_map_destroy();
    fake_kernel_end();
}

static void batches_lie_together_while_clusters_are_empty(void **state)
{
    (void)state;
    uint32_t first, last;
    fake_kernel_boot(16 * MEGABYTE, 0);
    assert_true(swap_map_create(64 * 10));
    assert_int_equal(swap_reserve_run(32, &first), 32);
    assert_int_equal(first, 1);
    swap_map_free(5);
    assert_int_equal(swap_reserve_run(32, &first), 1); /* the hole, before the cluster is left */
    assert_int_equal(swap_reserve_run(32, &first), 31);
    assert_int_equal(swap_reserve_run(32, &last), 32);
    assert_int_equal(last, 64);
    swap_map_destroy();
    assert_false(swap_map_create(1));
    fake_kernel_end();
}

static void pages_come_back_from_swap_as_they_went(void **state)
{
    (void)state;
    world_begin(16 * MEGABYTE, 2048);
    int32_t error;
    struct group *group = group_create(0, 64, "clock", &error);
    struct program *program = program_begin(group);
    for (int round = 0; round < 3; round++) {
        for (uint64_t i = 0; i < 500; i++) {
            program_access(program, i, true);
            uint64_t *memory = program_memory(program, i);
            if (round > 0) {
                assert_int_equal(memory[0], i * 1000 + (uint64_t)round - 1);
                assert_int_equal(memory[511], ~i);
            }
            memory[0] = i * 1000 + (uint64_t)round;
            memory[511] = ~i;
        }
        world_settle();
    }
    struct group_statistics *counters = group_counters(group);
    assert_true(counters->resident <= 64 && counters->resident_peak <= 64);
    assert_true(counters->swap_ins >= 900 && counters->swap_outs >= 1000);
    assert_true(world_disk.segments > world_disk.requests); /* several pages a write */
    world_end();
    assert_int_equal(swap_slots_total(), 0);
}

static void a_clean_page_goes_without_a_second_write(void **state)
{
    (void)state;
    world_begin(16 * MEGABYTE, 2048);
    int32_t error;
    struct program *program = program_begin(group_create(0, 32, "fifo", &error));
    for (uint64_t i = 0; i < 200; i++) {
        program_access(program, i, true);
        *program_memory(program, i) = i + 1;
    }
    for (uint64_t i = 0; i < 200; i++)
        program_access(program, i, false);
    world_settle();
    uint64_t written = group_counters(program->space.group)->swap_outs;
    for (int round = 0; round < 2; round++) {
        for (uint64_t i = 0; i < 200; i++) {
            program_access(program, i, false);
            assert_int_equal(*program_memory(program, i), i + 1);
        }
    }
    assert_int_equal(group_counters(program->space.group)->swap_outs, written);
    world_end();
}

static void pages_of_zeros_need_no_slot(void **state)
{
    (void)state;
    world_begin(16 * MEGABYTE, 2048);
    int32_t error;
    struct group *group = group_create(0, 32, "clock", &error);
    struct program *program = program_begin(group);
    for (uint64_t i = 0; i < 300; i++)
        program_access(program, i, true);
    for (uint64_t i = 0; i < 300; i++) {
        program_access(program, i, false);
        assert_int_equal(*program_memory(program, i), 0);
    }
    assert_int_equal(group_counters(group)->swap_outs, 0);
    assert_true(group_counters(group)->zero_evictions > 200);
    world_end();
}

/* The program ends while its pages are being written: nothing may be reused too early. */
static void slots_and_frames_in_flight_are_kept_until_the_write_ends(void **state)
{
    (void)state;
    world_begin(16 * MEGABYTE, 2048);
    int32_t error;
    struct group *group = group_create(0, 64, "fifo", &error);
    struct program *program = program_begin(group);
    world_disk.hold = true;
    for (uint64_t i = 0; i < 62; i++) {
        program_access(program, i, true);
        *program_memory(program, i) = i + 1;
    }
    struct eviction_result result = {0};
    evict_batch(group, 20, &result);
    assert_true(result.started != 0 && result.freed == 0);
    uint64_t used = swap_slots_total() - swap_slots_free();
    program_end(program);
    assert_int_equal(frame_pool.counts[PAGE_STATE_DRAINING], used);
    assert_int_equal(swap_slots_total() - swap_slots_free(), used);
    world_disk.hold = false;
    world_settle();
    assert_int_equal(swap_slots_free(), swap_slots_total());
    assert_int_equal(frame_pool.counts[PAGE_STATE_DRAINING], 0);
    assert_int_equal(page_io_slab.in_use, 0);
    assert_int_equal(group_destroy(group), 0);
    world_end();
}

static void a_failed_write_keeps_the_page(void **state)
{
    (void)state;
    world_begin(16 * MEGABYTE, 2048);
    int32_t error;
    struct group *group = group_create(0, 64, "fifo", &error);
    struct program *program = program_begin(group);
    for (uint64_t i = 0; i < 60; i++) {
        program_access(program, i, true);
        *program_memory(program, i) = i + 1;
    }
    world_disk.fail_writes = true;
    struct eviction_result result = {0};
    evict_batch(group, 10, &result);
    world_settle();
    assert_int_equal(group_counters(group)->resident, 60);
    assert_true(fake_console_lines != 0);
    world_disk.fail_writes = false;
    for (uint64_t i = 0; i < 200; i++)
        program_access(program, i, true);
    for (uint64_t i = 0; i < 60; i++) {
        program_access(program, i, false);
        assert_int_equal(*program_memory(program, i), i + 1);
    }
    world_end();
}

static void swap_in_ram_needs_no_disk(void **state)
{
    (void)state;
    world_begin(32 * MEGABYTE, 0);
    swap_boot_ram(4 * MEGABYTE, 0);
    assert_int_equal(swap_slots_total(), 1023);
    int32_t error;
    struct program *program = program_begin(group_create(0, 32, "clock", &error));
    for (uint64_t i = 0; i < 200; i++) {
        program_access(program, i, true);
        *program_memory(program, i) = ~i;
    }
    for (uint64_t i = 0; i < 200; i++) {
        program_access(program, i, false);
        assert_int_equal(*program_memory(program, i), ~i);
    }
    program_end(program);
    world_disk.bytes = NULL; /* the frames' */
    world_end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_map_agrees_with_a_naive_model),
        cmocka_unit_test(batches_lie_together_while_clusters_are_empty),
        cmocka_unit_test(pages_come_back_from_swap_as_they_went),
        cmocka_unit_test(a_clean_page_goes_without_a_second_write),
        cmocka_unit_test(pages_of_zeros_need_no_slot),
        cmocka_unit_test(slots_and_frames_in_flight_are_kept_until_the_write_ends),
        cmocka_unit_test(a_failed_write_keeps_the_page),
        cmocka_unit_test(swap_in_ram_needs_no_disk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
