/*
 * Page faults on anonymous memory, stacks and swap.
 */
#include "host_test.h"
#include "memory_world.h"
#include <string.h>

#define READ_WRITE (PROTECT_READ | PROTECT_WRITE)
#define PRIVATE_ANONYMOUS (MAP_FLAG_PRIVATE | MAP_FLAG_ANONYMOUS)

static struct group *root(void)
{
    return group_by_id(0);
}

static uint64_t map_anonymous(struct address_space *space, uint64_t pages)
{
    uint64_t address =
        program_map(space, 0, pages * PAGE_SIZE, READ_WRITE, PRIVATE_ANONYMOUS, -1, 0);
    assert_true(address >= PROGRAM_ADDRESS_MIN && address < PROGRAM_ADDRESS_LIMIT);
    return address;
}

static void fresh_memory_is_zero_and_keeps_what_is_written(void **state)
{
    (void)state;
    memory_world_mark();
    struct address_space *space = program_new(root());
    uint64_t address = map_anonymous(space, 16);
    for (uint64_t i = 0; i < 16; i++) {
        assert_int_equal(program_value(space, address + i * PAGE_SIZE), 0);
        assert_true(program_write(space, address + i * PAGE_SIZE, i + 1));
    }
    for (uint64_t i = 0; i < 16; i++)
        assert_int_equal(program_value(space, address + i * PAGE_SIZE), i + 1);
    program_exit(space);
    memory_world_check();
}

static void memory_that_is_not_mapped_kills(void **state)
{
    (void)state;
    memory_world_mark();
    struct address_space *space = program_new(root());
    assert_false(program_touch(space, 0x123456000, false, 0));
    assert_ptr_equal(fake_dead, space);
    assert_int_equal(fake_death_reason, DEATH_BAD_ADDRESS);
    program_exit(space);
    memory_world_check();
}

static void writing_to_read_only_memory_kills(void **state)
{
    (void)state;
    memory_world_mark();
    struct address_space *space = program_new(root());
    uint64_t address = program_map(space, 0, PAGE_SIZE, PROTECT_READ, PRIVATE_ANONYMOUS, -1, 0);
    assert_int_equal(program_value(space, address), 0);
    assert_false(program_write(space, address, 1));
    program_exit(space);
    memory_world_check();
}

static void the_stack_grows_for_pushes_but_not_far_below_its_pointer(void **state)
{
    (void)state;
    memory_world_mark();
    struct address_space *space = program_new(root());
    uint64_t top = PROGRAM_STACK_TOP, pointer = top - 10 * PAGE_SIZE;
    assert_int_equal(region_map_stack(space, top, 1 << 20), 0);
    assert_true(program_touch(space, top - 8, true, top - 8));
    assert_true(program_touch(space, pointer - 8, true, pointer));
    assert_true(program_touch(space, pointer + 3 * PAGE_SIZE, true, pointer));
    struct address_space *child = program_fork(space);
    assert_true(program_touch(child, pointer - PAGE_SIZE - 8, true, pointer - PAGE_SIZE));
    assert_false(program_touch(space, pointer - 2 * PAGE_SIZE, false, pointer));
    assert_int_equal(fake_death_reason, DEATH_BAD_ADDRESS);
    program_exit(child);
    program_exit(space);

    space = program_new(root());
    assert_int_equal(region_map_stack(space, top, 1 << 20), 0);
    assert_true(program_touch(space, top - (1 << 20), true, top - (1 << 20)));
    assert_false(program_touch(space, top - (1 << 20) - 8, true, top - (1 << 20) - 8));
    program_exit(space);
    memory_world_check();
}

static void a_program_larger_than_its_budget_keeps_its_data(void **state)
{
    (void)state;
    int32_t error;
    enum { TOUCHED = 300 };
    memory_world_mark();
    struct group *group = group_create(0, 64, NULL, &error);
    struct address_space *space = program_new(group);
    uint64_t address = map_anonymous(space, TOUCHED);
    for (uint64_t round = 0; round < 3; round++)
        for (uint64_t i = 0; i < TOUCHED; i++) {
            uint64_t old = program_value(space, address + i * PAGE_SIZE + 8 * round);
            assert_int_equal(old, 0);
            if (i % 3 != 0) /* the others stay zero: they need no slot */
                assert_true(
                    program_write(space, address + i * PAGE_SIZE + 8 * round, i * 7 + round));
        }
    for (uint64_t i = 0; i < TOUCHED; i++)
        for (uint64_t round = 0; round < 3; round++)
            assert_int_equal(program_value(space, address + i * PAGE_SIZE + 8 * round),
                             i % 3 != 0 ? i * 7 + round : 0);
    struct group_statistics *counters = group_counters(group);
    assert_true(counters->resident_peak <= 64);
    assert_true(counters->swap_outs > TOUCHED / 2 && counters->swap_ins > TOUCHED / 2);
    assert_true(counters->faults_swap_read > 0);
    program_exit(space);
    assert_int_equal(counters->resident, 0);
    assert_int_equal(group_destroy(group), 0);
    memory_world_check();
}

static void clean_pages_read_from_swap_are_not_written_again(void **state)
{
    (void)state;
    int32_t error;
    enum { TOUCHED = 128 };
    memory_world_mark();
    struct group *group = group_create(0, 64, NULL, &error);
    struct address_space *space = program_new(group);
    uint64_t address = map_anonymous(space, TOUCHED);
    for (uint64_t i = 0; i < TOUCHED; i++)
        assert_true(program_write(space, address + i * PAGE_SIZE, i + 1));
    /* Once around, and everything has been to swap. */
    for (uint64_t i = 0; i < TOUCHED; i++)
        program_value(space, address + i * PAGE_SIZE);
    uint64_t before = group_counters(group)->swap_outs;
    for (uint64_t round = 0; round < 4; round++)
        for (uint64_t i = 0; i < TOUCHED; i++)
            assert_int_equal(program_value(space, address + i * PAGE_SIZE), i + 1);
    assert_int_equal(group_counters(group)->swap_outs, before);
    program_exit(space);
    group_destroy(group);
    memory_world_check();
}

static void a_program_that_dies_during_a_read_from_swap_leaves_nothing(void **state)
{
    (void)state;
    int32_t error;
    enum { TOUCHED = 128 };
    memory_world_mark();
    struct group *group = group_create(0, 64, NULL, &error);
    struct address_space *space = program_new(group);
    uint64_t address = map_anonymous(space, TOUCHED);
    for (uint64_t i = 0; i < TOUCHED; i++)
        assert_true(program_write(space, address + i * PAGE_SIZE, i + 1));
    world_hold_swap = true;
    struct request request;
    bool parked = false;
    for (uint64_t i = 0; i < TOUCHED && !parked; i++) {
        request_prepare(&request, space, fault_step,
                        (uint64_t[6]){address + i * PAGE_SIZE, 0, 0, 0}, true);
        if (fake_entry(space->task, address + i * PAGE_SIZE) != 0)
            space->requests--;
        else
            parked = !request_go(&request);
    }
    assert_true(parked);
    space->dying = true;
    world_hold_swap = false;
    memory_world_settle();
    assert_true(request_go(&request));
    program_exit(space);
    memory_world_settle();
    group_destroy(group);
    memory_world_check();
}

static void two_faults_on_one_swapped_page_read_it_once(void **state)
{
    (void)state;
    int32_t error;
    enum { TOUCHED = 128 };
    memory_world_mark();
    struct group *group = group_create(0, 64, NULL, &error);
    struct address_space *parent = program_new(group);
    uint64_t address = map_anonymous(parent, TOUCHED);
    for (uint64_t i = 0; i < TOUCHED; i++)
        assert_true(program_write(parent, address + i * PAGE_SIZE, i + 1));
    struct address_space *child = program_fork(parent);
    memory_world_settle();
    uint64_t absent = address;
    while (program_frame(parent, absent) != 0)
        absent += PAGE_SIZE;
    world_hold_swap = true;
    struct request one, two;
    request_prepare(&one, parent, fault_step, (uint64_t[6]){absent}, true);
    request_prepare(&two, child, fault_step, (uint64_t[6]){absent}, true);
    assert_false(request_go(&one));
    memory_world_settle();
    assert_false(request_go(&two));
    world_hold_swap = false;
    uint64_t before = group_counters(group)->swap_ins;
    memory_world_settle();
    while (!request_go(&one))
        memory_world_settle();
    while (!request_go(&two))
        memory_world_settle();
    assert_int_equal(one.map_page & PAGE_FRAME_MASK, two.map_page & PAGE_FRAME_MASK);
    assert_int_equal(group_counters(group)->swap_ins, before + 1);
    assert_int_equal(fake_reply_map(parent->task, absent, one.map_page, one.map_tables), 0);
    assert_int_equal(fake_reply_map(child->task, absent, two.map_page, two.map_tables), 0);
    program_exit(child);
    program_exit(parent);
    group_destroy(group);
    memory_world_check();
}

enum { STREAM = 384, STREAM_FRAMES = 256 };

/* STREAM pages with values, all of them in swap in order, in a group of STREAM_FRAMES. */
static uint64_t stream_in_swap(struct address_space *space, struct group *group)
{
    uint64_t address = map_anonymous(space, STREAM);
    for (uint64_t i = 0; i < STREAM; i++)
        assert_true(program_write(space, address + i * PAGE_SIZE, i + 1));
    uint64_t other = map_anonymous(space, STREAM);
    for (uint64_t i = 0; i < STREAM; i++)
        assert_true(program_write(space, other + i * PAGE_SIZE, 1));
    assert_int_equal(program_unmap(space, other, STREAM * PAGE_SIZE), 0);
    assert_int_equal(group_counters(group)->resident, 0);
    return address;
}

static struct group *begin_streaming(void)
{
    int32_t error;
    memory_world_mark();
    struct group *group = group_create(0, STREAM_FRAMES, NULL, &error);
    assert_non_null(group);
    assert_int_equal(group_set_option(group, GROUP_READ_AHEAD, 8), 0);
    return group;
}

static void end_streaming(struct group *group)
{
    assert_int_equal(group_destroy(group), 0);
    memory_world_check();
}

static void a_stream_from_swap_is_read_before_it_is_waited_for(void **state)
{
    (void)state;
    struct group *group = begin_streaming();
    struct address_space *space = program_new(group);
    uint64_t address = stream_in_swap(space, group);
    struct group_statistics *counters = group_counters(group);
    uint64_t requests = world_swap_requests, waits = counters->faults_swap_read;
    for (uint64_t i = 0; i < STREAM; i++)
        assert_int_equal(program_value(space, address + i * PAGE_SIZE), i + 1);
    assert_true(counters->read_ahead_used > STREAM * 3 / 4);
    assert_true(counters->faults_swap_read - waits < STREAM / 8);
    assert_true(world_swap_requests - requests < STREAM / 4);

    /* What a region calls random is not read ahead. */
    uint64_t again = stream_in_swap(space, group);
    assert_int_equal(program_call(space, memory_advise_step,
                                  (uint64_t[6]){again, STREAM * PAGE_SIZE, ADVICE_RANDOM}, NULL),
                     0);
    uint64_t swap_ins = counters->swap_ins;
    program_value(space, again);
    assert_int_equal(counters->swap_ins, swap_ins + 1);
    program_exit(space);
    end_streaming(group);
}

static void a_bad_slot_in_a_run_costs_its_own_page_only(void **state)
{
    (void)state;
    struct group *group = begin_streaming();
    struct address_space *space = program_new(group);
    uint64_t address = stream_in_swap(space, group);
    world_fail_swap_segments = true; /* every read of more than one page */
    for (uint64_t i = 0; i < STREAM; i++)
        assert_int_equal(program_value(space, address + i * PAGE_SIZE), i + 1);
    world_fail_swap_segments = false;
    assert_true(group_counters(group)->read_ahead_used > STREAM / 2);
    program_exit(space);
    end_streaming(group);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fresh_memory_is_zero_and_keeps_what_is_written),
        cmocka_unit_test(memory_that_is_not_mapped_kills),
        cmocka_unit_test(writing_to_read_only_memory_kills),
        cmocka_unit_test(the_stack_grows_for_pushes_but_not_far_below_its_pointer),
        cmocka_unit_test(a_program_larger_than_its_budget_keeps_its_data),
        cmocka_unit_test(clean_pages_read_from_swap_are_not_written_again),
        cmocka_unit_test(a_program_that_dies_during_a_read_from_swap_leaves_nothing),
        cmocka_unit_test(two_faults_on_one_swapped_page_read_it_once),
        cmocka_unit_test(a_stream_from_swap_is_read_before_it_is_waited_for),
        cmocka_unit_test(a_bad_slot_in_a_run_costs_its_own_page_only),
    };
    return cmocka_run_group_tests(tests, memory_world_begin, memory_world_end);
}
