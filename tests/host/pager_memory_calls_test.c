/*
 * mmap and its relatives: what they promise and what they refuse.
 */
#include "host_test.h"
#include "memory_world.h"
#include <string.h>

#define READ_WRITE (PROTECT_READ | PROTECT_WRITE)
#define PRIVATE_ANONYMOUS (MAP_FLAG_PRIVATE | MAP_FLAG_ANONYMOUS)
#define FIXED_AT 0x30000000ull

static uint64_t map(struct address_space *space, uint64_t address, uint64_t pages,
                    uint32_t more_flags)
{
    return program_map(space, address, pages * PAGE_SIZE, READ_WRITE,
                       PRIVATE_ANONYMOUS | more_flags, -1, 0);
}

static int32_t unmap_whole(struct address_space *space, uint64_t address)
{
    return program_call(space, memory_unmap_whole_step, (uint64_t[6]){address}, NULL);
}

static bool is_mapped(struct address_space *space, uint64_t address)
{
    struct address_space *child = program_fork(space);
    bool alive = program_touch(child, address, false, 0);
    program_exit(child);
    return alive;
}

static void bad_arguments_are_refused_and_change_nothing(void **state)
{
    (void)state;
    memory_world_mark();
    struct address_space *space = program_new(group_by_id(0));
    world_open(0, PAGE_SIZE);
    assert_int_equal((int64_t)map(space, 0, 0, 0), -EINVAL);
    assert_int_equal((int64_t)map(space, FIXED_AT + 1, 1, MAP_FLAG_FIXED), -EINVAL);
    assert_int_equal((int64_t)map(space, PAGE_SIZE, 1, MAP_FLAG_FIXED), -EINVAL);
    assert_int_equal((int64_t)map(space, PROGRAM_ADDRESS_LIMIT, 1, MAP_FLAG_FIXED), -ENOMEM);
    assert_int_equal((int64_t)map(space, PROGRAM_ADDRESS_LIMIT - PAGE_SIZE, 2, MAP_FLAG_FIXED),
                     -ENOMEM);
    assert_int_equal((int64_t)map(space, UINT64_MAX & PAGE_MASK, 2, MAP_FLAG_FIXED), -ENOMEM);
    assert_int_equal((int64_t)program_map(space, 0, UINT64_MAX, 1, PRIVATE_ANONYMOUS, -1, 0),
                     -ENOMEM);
    assert_int_equal((int64_t)program_map(space, 0, PAGE_SIZE, 1, MAP_FLAG_ANONYMOUS, -1, 0),
                     -EINVAL);
    assert_int_equal((int64_t)program_map(space, 0, PAGE_SIZE, 9, PRIVATE_ANONYMOUS, -1, 0),
                     -EINVAL);
    assert_int_equal((int64_t)program_map(space, 0, PAGE_SIZE, 1, MAP_FLAG_PRIVATE, 3, 0), -EBADF);
    assert_int_equal((int64_t)program_map(space, 0, PAGE_SIZE, 1, MAP_FLAG_PRIVATE, 0, 100),
                     -EINVAL);
    assert_int_equal(
        (int64_t)program_map(space, 0, PAGE_SIZE, 1, MAP_FLAG_PRIVATE, 0, UINT64_MAX & PAGE_MASK),
        -EOVERFLOW);
    assert_int_equal(program_unmap(space, FIXED_AT + 1, PAGE_SIZE), -EINVAL);
    assert_int_equal(program_unmap(space, FIXED_AT, UINT64_MAX), -EINVAL);
    assert_int_equal(program_protect(space, FIXED_AT, PAGE_SIZE, READ_WRITE), -ENOMEM);
    assert_int_equal(space->region_count, 0);
    world_close(0);
    program_exit(space);
    memory_world_check();
}

static void a_fixed_mapping_replaces_and_noreplace_refuses(void **state)
{
    (void)state;
    memory_world_mark();
    struct address_space *space = program_new(group_by_id(0));
    assert_int_equal(map(space, FIXED_AT, 4, MAP_FLAG_FIXED), FIXED_AT);
    for (uint64_t i = 0; i < 4; i++)
        assert_true(program_write(space, FIXED_AT + i * PAGE_SIZE, 9));
    assert_int_equal((int64_t)map(space, FIXED_AT + PAGE_SIZE, 1, MAP_FLAG_FIXED_NOREPLACE),
                     -EEXIST);
    assert_int_equal(program_value(space, FIXED_AT + PAGE_SIZE), 9);
    assert_int_equal(map(space, FIXED_AT + PAGE_SIZE, 2, MAP_FLAG_FIXED), FIXED_AT + PAGE_SIZE);
    assert_int_equal(program_value(space, FIXED_AT), 9);
    assert_int_equal(program_value(space, FIXED_AT + PAGE_SIZE), 0);
    assert_int_equal(program_value(space, FIXED_AT + 3 * PAGE_SIZE), 9);
    program_exit(space);
    memory_world_check();
}

static void unmapping_the_middle_splits_and_the_rest_stays(void **state)
{
    (void)state;
    memory_world_mark();
    struct address_space *space = program_new(group_by_id(0));
    map(space, FIXED_AT, 5, MAP_FLAG_FIXED);
    for (uint64_t i = 0; i < 5; i++)
        assert_true(program_write(space, FIXED_AT + i * PAGE_SIZE, i + 1));
    assert_int_equal(program_unmap(space, FIXED_AT + 2 * PAGE_SIZE, 1), 0);
    assert_false(is_mapped(space, FIXED_AT + 2 * PAGE_SIZE));
    for (uint64_t i = 0; i < 5; i++)
        if (i != 2)
            assert_int_equal(program_value(space, FIXED_AT + i * PAGE_SIZE), i + 1);
    assert_int_equal(space->region_count, 2);
    assert_int_equal(unmap_whole(space, FIXED_AT), 0);
    assert_int_equal(space->region_count, 0);
    assert_int_equal(unmap_whole(space, FIXED_AT), -EINVAL);
    program_exit(space);
    memory_world_check();
}

static void unmapping_a_whole_mapping_leaves_its_neighbours(void **state)
{
    (void)state;
    memory_world_mark();
    struct address_space *space = program_new(group_by_id(0));
    map(space, FIXED_AT, 6, MAP_FLAG_FIXED);
    map(space, FIXED_AT + 6 * PAGE_SIZE, 2, MAP_FLAG_FIXED);
    map(space, FIXED_AT + 2 * PAGE_SIZE, 1, MAP_FLAG_FIXED); /* replaces a page of the first */
    assert_int_equal(program_protect(space, FIXED_AT + 4 * PAGE_SIZE, PAGE_SIZE, PROTECT_READ), 0);
    assert_int_equal(unmap_whole(space, FIXED_AT + PAGE_SIZE), -EINVAL);
    assert_int_equal(program_unmap(space, FIXED_AT, PAGE_SIZE), 0);
    assert_int_equal(unmap_whole(space, FIXED_AT), 0);
    assert_int_equal(space->region_count, 2);
    assert_true(is_mapped(space, FIXED_AT + 2 * PAGE_SIZE));
    assert_true(is_mapped(space, FIXED_AT + 7 * PAGE_SIZE));
    program_exit(space);
    memory_world_check();
}

static void protection_changes_split_and_join(void **state)
{
    (void)state;
    memory_world_mark();
    struct address_space *space = program_new(group_by_id(0));
    map(space, FIXED_AT, 8, MAP_FLAG_FIXED);
    assert_true(program_write(space, FIXED_AT + 3 * PAGE_SIZE, 5));
    assert_int_equal(program_protect(space, FIXED_AT + 2 * PAGE_SIZE, 3 * PAGE_SIZE, PROTECT_READ),
                     0);
    assert_int_equal(space->region_count, 3);
    assert_int_equal(program_value(space, FIXED_AT + 3 * PAGE_SIZE), 5);
    assert_int_equal(program_protect(space, FIXED_AT + 2 * PAGE_SIZE, 3 * PAGE_SIZE, READ_WRITE),
                     0);
    assert_int_equal(space->region_count, 1);
    assert_true(program_write(space, FIXED_AT + 3 * PAGE_SIZE, 6));
    assert_int_equal(program_protect(space, FIXED_AT, 8 * PAGE_SIZE, 0), 0);
    assert_false(is_mapped(space, FIXED_AT + 3 * PAGE_SIZE));
    assert_int_equal(program_protect(space, FIXED_AT, 8 * PAGE_SIZE, PROTECT_READ), 0);
    assert_int_equal(program_value(space, FIXED_AT + 3 * PAGE_SIZE), 6);
    program_exit(space);
    memory_world_check();
}

static void a_shared_mapping_of_a_read_only_descriptor_never_becomes_writable(void **state)
{
    (void)state;
    memory_world_mark();
    world_open(0, PAGE_SIZE);
    world_file_writable = false;
    struct address_space *space = program_new(group_by_id(0));
    assert_int_equal((int64_t)program_map(space, 0, PAGE_SIZE, READ_WRITE, MAP_FLAG_SHARED, 0, 0),
                     -EACCES);
    uint64_t shared = program_map(space, 0, PAGE_SIZE, PROTECT_READ, MAP_FLAG_SHARED, 0, 0);
    uint64_t private = program_map(space, 0, PAGE_SIZE, PROTECT_READ, MAP_FLAG_PRIVATE, 0, 0);
    assert_int_equal(program_protect(space, shared, PAGE_SIZE, READ_WRITE), -EACCES);
    assert_int_equal(program_protect(space, private, PAGE_SIZE, READ_WRITE), 0);
    assert_true(program_write(space, private, 3));
    program_exit(space);
    world_close(0);
    memory_world_check();
}

static void the_heap_grows_shrinks_and_stops_at_its_neighbours(void **state)
{
    (void)state;
    memory_world_mark();
    struct address_space *space = program_new(group_by_id(0));
    uint64_t end, start = 0x500000;
    assert_int_equal(program_call(space, memory_break_step, (uint64_t[6]){start}, &end), -ENOMEM);
    assert_int_equal(
        region_map_segment(space, start - PAGE_SIZE, PAGE_SIZE, READ_WRITE, NULL, 0, 0), 0);
    assert_int_equal(program_call(space, memory_break_step, (uint64_t[6]){start + 100}, &end), 0);
    assert_int_equal(end, start + 100);
    assert_true(program_write(space, start + 96, 4));
    assert_int_equal(
        program_call(space, memory_break_step, (uint64_t[6]){start + 9 * PAGE_SIZE}, &end), 0);
    assert_true(program_write(space, start + 8 * PAGE_SIZE, 4));
    assert_int_equal(space->region_count, 2);
    assert_int_equal(program_call(space, memory_break_step, (uint64_t[6]){start + PAGE_SIZE}, &end),
                     0);
    assert_int_equal(
        program_call(space, memory_break_step, (uint64_t[6]){start + 9 * PAGE_SIZE}, &end), 0);
    assert_int_equal(program_value(space, start + 8 * PAGE_SIZE), 0);
    assert_int_equal(program_value(space, start + 96), 4);
    map(space, start + 12 * PAGE_SIZE, 1, MAP_FLAG_FIXED);
    assert_int_equal(
        program_call(space, memory_break_step, (uint64_t[6]){start + 13 * PAGE_SIZE}, &end),
        -ENOMEM);
    assert_int_equal(end, start + 9 * PAGE_SIZE);
    assert_int_equal(program_call(space, memory_break_step, (uint64_t[6]){0}, &end), 0);
    assert_int_equal(end, start + 9 * PAGE_SIZE);
    program_exit(space);
    memory_world_check();
}

static void mincore_tells_what_is_in_memory(void **state)
{
    (void)state;
    memory_world_mark();
    struct address_space *space = program_new(group_by_id(0));
    uint64_t data = map(space, 0, 8, 0), vector = map(space, 0, 1, 0);
    assert_true(program_write(space, data + PAGE_SIZE, 1));
    assert_true(program_write(space, data + 5 * PAGE_SIZE, 1));
    uint64_t words[6] = {data, 8 * PAGE_SIZE, vector};
    assert_int_equal(program_call(space, memory_resident_step, words, NULL), 0);
    assert_int_equal(program_value(space, vector), 0x0000010000000100ull);
    words[2] = 0x1000;
    assert_int_equal(program_call(space, memory_resident_step, words, NULL), -EFAULT);
    program_exit(space);
    memory_world_check();
}

static void locked_pages_stay_and_the_limit_holds(void **state)
{
    (void)state;
    int32_t error;
    enum { MANY = 200 };
    memory_world_mark();
    struct group *group = group_create(0, 64, NULL, &error);
    struct address_space *space = program_new(group);
    uint64_t locked = map(space, 0, 16, 0), others = map(space, 0, MANY, 0);
    uint64_t words[6] = {locked, 16 * PAGE_SIZE}, too_many[6] = {others, 32 * PAGE_SIZE};
    assert_int_equal(program_call(space, memory_lock_step, words, NULL), 0);
    assert_int_equal(space->locked_pages, 16);
    assert_int_equal(program_call(space, memory_lock_step, too_many, NULL), -ENOMEM);
    uint64_t frame = program_frame(space, locked + PAGE_SIZE);
    assert_int_not_equal(frame, 0);
    for (uint64_t i = 0; i < MANY; i++)
        assert_true(program_write(space, others + i * PAGE_SIZE, i));
    assert_int_equal(program_frame(space, locked + PAGE_SIZE), frame);
    assert_int_equal(program_call(space, memory_unlock_step, words, NULL), 0);
    assert_int_equal(space->locked_pages, 0);
    for (uint64_t i = 0; i < MANY; i++)
        assert_int_equal(program_value(space, others + i * PAGE_SIZE), i);
    assert_int_equal(program_frame(space, locked + PAGE_SIZE), 0);
    program_exit(space);
    group_destroy(group);
    memory_world_check();
}

static void msync_returns_when_the_data_is_on_the_disk(void **state)
{
    (void)state;
    memory_world_mark();
    world_open(0, 4 * PAGE_SIZE);
    struct address_space *space = program_new(group_by_id(0));
    uint64_t address = program_map(space, 0, 4 * PAGE_SIZE, READ_WRITE, MAP_FLAG_SHARED, 0, 0);
    assert_true(program_write(space, address + PAGE_SIZE, 42));
    assert_int_equal(disk_files[0].bytes[PAGE_SIZE], 2);
    uint64_t words[6] = {address, 4 * PAGE_SIZE, 4}, both[6] = {address, PAGE_SIZE, 5};
    uint64_t hole[6] = {address, 5 * PAGE_SIZE, 4};
    assert_int_equal(program_call(space, memory_sync_step, words, NULL), 0);
    assert_int_equal(disk_files[0].bytes[PAGE_SIZE], 42);
    assert_int_equal(disk_files[0].writes, 1);
    assert_int_equal(program_call(space, memory_sync_step, both, NULL), -EINVAL);
    assert_int_equal(program_unmap(space, address + 3 * PAGE_SIZE, PAGE_SIZE), 0);
    assert_int_equal(program_call(space, memory_sync_step, hole, NULL), -ENOMEM);
    program_exit(space);
    world_close(0);
    memory_world_check();
}

static void a_program_killed_during_msync_leaves_nothing(void **state)
{
    (void)state;
    memory_world_mark();
    world_open(0, 4 * PAGE_SIZE);
    struct address_space *space = program_new(group_by_id(0));
    uint64_t address = program_map(space, 0, 4 * PAGE_SIZE, READ_WRITE, MAP_FLAG_SHARED, 0, 0);
    for (int parks = 1; parks <= 2; parks++) {
        struct request request;
        space->dying = false;
        assert_true(program_write(space, address, (uint64_t)parks));
        request_prepare(&request, space, memory_sync_step, (uint64_t[6]){address, PAGE_SIZE, 4},
                        false);
        for (int i = 0; i < parks; i++) {
            assert_false(request_go(&request));
            for (int round = 0; round < 5; round++)
                memory_world_settle();
        }
        space->dying = true;
        assert_true(request_go(&request));
    }
    program_exit(space);
    world_close(0);
    memory_world_check();
}

static void a_copy_of_the_pager_obeys_the_rules_of_an_access(void **state)
{
    (void)state;
    memory_world_mark();
    struct address_space *space = program_new(group_by_id(0));
    struct request request;
    uint64_t value = 5, progress = 0, top = PROGRAM_STACK_TOP;
    assert_int_equal(region_map_stack(space, top, 1 << 20), 0);
    uint64_t read_only = program_map(space, 0, PAGE_SIZE, PROTECT_READ, PRIVATE_ANONYMOUS, -1, 0);
    request_prepare(&request, space, NULL, (uint64_t[6]){0}, false);
    assert_int_equal(user_copy_out(&request, space, read_only, &value, 8, 0, &progress),
                     COPY_FAULT);
    assert_int_equal(user_copy_in(&request, space, read_only, &value, 8, &progress), COPY_DONE);
    progress = 0;
    assert_int_equal(user_copy_out(&request, space, UINT64_MAX - 3, &value, 8, 0, &progress),
                     COPY_FAULT);
    assert_int_equal(user_copy_out(&request, space, top - 9000, &value, 8, top - 8000, &progress),
                     COPY_FAULT);
    assert_int_equal(user_copy_out(&request, space, top - 9000, &value, 8, top - 9000, &progress),
                     COPY_DONE);
    space->requests--;
    program_exit(space);
    memory_world_check();
}

static void a_moved_mapping_keeps_its_contents(void **state)
{
    (void)state;
    memory_world_mark();
    struct address_space *space = program_new(group_by_id(0));
    uint64_t moved, address = map(space, FIXED_AT, 4, MAP_FLAG_FIXED);
    for (uint64_t i = 0; i < 4; i++)
        assert_true(program_write(space, address + i * PAGE_SIZE, i + 1));
    map(space, FIXED_AT + 4 * PAGE_SIZE, 1, MAP_FLAG_FIXED);
    uint64_t in_place[6] = {address, 4 * PAGE_SIZE, 8 * PAGE_SIZE, 0},
             may_move[6] = {address, 4 * PAGE_SIZE, 8 * PAGE_SIZE, 1};
    assert_int_equal(program_call(space, memory_remap_step, in_place, NULL), -ENOMEM);
    assert_int_equal(program_call(space, memory_remap_step, may_move, &moved), 0);
    assert_int_not_equal(moved, address);
    assert_false(is_mapped(space, address));
    for (uint64_t i = 0; i < 8; i++)
        assert_int_equal(program_value(space, moved + i * PAGE_SIZE), i < 4 ? i + 1 : 0);
    assert_int_equal(unmap_whole(space, moved), 0);
    assert_int_equal(space->region_count, 1);
    program_exit(space);
    memory_world_check();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bad_arguments_are_refused_and_change_nothing),
        cmocka_unit_test(a_fixed_mapping_replaces_and_noreplace_refuses),
        cmocka_unit_test(unmapping_the_middle_splits_and_the_rest_stays),
        cmocka_unit_test(unmapping_a_whole_mapping_leaves_its_neighbours),
        cmocka_unit_test(protection_changes_split_and_join),
        cmocka_unit_test(a_shared_mapping_of_a_read_only_descriptor_never_becomes_writable),
        cmocka_unit_test(the_heap_grows_shrinks_and_stops_at_its_neighbours),
        cmocka_unit_test(mincore_tells_what_is_in_memory),
        cmocka_unit_test(locked_pages_stay_and_the_limit_holds),
        cmocka_unit_test(msync_returns_when_the_data_is_on_the_disk),
        cmocka_unit_test(a_program_killed_during_msync_leaves_nothing),
        cmocka_unit_test(a_copy_of_the_pager_obeys_the_rules_of_an_access),
        cmocka_unit_test(a_moved_mapping_keeps_its_contents),
    };
    return cmocka_run_group_tests(tests, memory_world_begin, memory_world_end);
}
