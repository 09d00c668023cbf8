/*
 * fork and copy-on-write.
 */
#include "host_test.h"
#include "memory_world.h"

#define READ_WRITE (PROTECT_READ | PROTECT_WRITE)
#define PRIVATE_ANONYMOUS (MAP_FLAG_PRIVATE | MAP_FLAG_ANONYMOUS)
#define SHARED_ANONYMOUS (MAP_FLAG_SHARED | MAP_FLAG_ANONYMOUS)
#define COUNT 32

static uint64_t fill(struct address_space *space, uint32_t flags)
{
    uint64_t address = program_map(space, 0, COUNT * PAGE_SIZE, READ_WRITE, flags, -1, 0);
    for (uint64_t i = 0; i < COUNT; i++)
        assert_true(program_write(space, address + i * PAGE_SIZE, i + 1));
    return address;
}

static void a_page_is_shared_until_somebody_writes(void **state)
{
    (void)state;
    memory_world_mark();
    struct address_space *parent = program_new(group_by_id(0));
    uint64_t address = fill(parent, PRIVATE_ANONYMOUS);
    uint64_t before = program_frame(parent, address);
    struct address_space *child = program_fork(parent);
    assert_int_equal(program_value(child, address), 1);
    assert_int_equal(program_frame(child, address), before);
    assert_true(program_write(child, address, 100));
    assert_int_not_equal(program_frame(child, address), before);
    assert_int_equal(program_frame(parent, address), before);
    assert_int_equal(program_value(parent, address), 1);
    assert_int_equal(program_value(child, address), 100);
    program_exit(child);
    assert_true(program_write(parent, address, 7));
    assert_int_equal(program_frame(parent, address), before);
    program_exit(parent);
    memory_world_check();
}

static void what_the_parent_writes_after_fork_is_its_own(void **state)
{
    (void)state;
    memory_world_mark();
    struct address_space *parent = program_new(group_by_id(0));
    uint64_t address = fill(parent, PRIVATE_ANONYMOUS);
    struct address_space *child = program_fork(parent);
    struct address_space *grandchild = program_fork(child);
    for (uint64_t i = 0; i < COUNT; i++)
        assert_true(program_write(parent, address + i * PAGE_SIZE, 1000 + i));
    for (uint64_t i = 0; i < COUNT; i += 2)
        assert_true(program_write(child, address + i * PAGE_SIZE, 2000 + i));
    program_exit(parent);
    for (uint64_t i = 0; i < COUNT; i++) {
        assert_int_equal(program_value(child, address + i * PAGE_SIZE),
                         i % 2 == 0 ? 2000 + i : i + 1);
        assert_int_equal(program_value(grandchild, address + i * PAGE_SIZE), i + 1);
    }
    program_exit(child);
    program_exit(grandchild);
    memory_world_check();
}

static void shared_anonymous_memory_stays_shared(void **state)
{
    (void)state;
    memory_world_mark();
    struct address_space *parent = program_new(group_by_id(0));
    uint64_t address = fill(parent, SHARED_ANONYMOUS);
    struct address_space *child = program_fork(parent);
    assert_true(program_write(child, address + 8, 55));
    assert_int_equal(program_value(parent, address + 8), 55);
    program_exit(parent);
    assert_int_equal(program_value(child, address), 1);
    assert_int_equal(program_value(child, address + 8), 55);
    program_exit(child);
    memory_world_check();
}

static void a_page_touched_first_after_fork_is_not_shared(void **state)
{
    (void)state;
    memory_world_mark();
    struct address_space *parent = program_new(group_by_id(0));
    uint64_t address = program_map(parent, 0, 4 * PAGE_SIZE, READ_WRITE, PRIVATE_ANONYMOUS, -1, 0);
    struct address_space *child = program_fork(parent);
    assert_true(program_write(parent, address, 5));
    assert_int_equal(program_value(child, address), 0);
    program_exit(child);
    program_exit(parent);
    memory_world_check();
}

static void copies_survive_swapping(void **state)
{
    (void)state;
    int32_t error;
    enum { MANY = 120 };
    memory_world_mark();
    struct group *group = group_create(0, 64, NULL, &error);
    struct address_space *parent = program_new(group);
    uint64_t address =
        program_map(parent, 0, MANY * PAGE_SIZE, READ_WRITE, PRIVATE_ANONYMOUS, -1, 0);
    for (uint64_t i = 0; i < MANY; i++)
        assert_true(program_write(parent, address + i * PAGE_SIZE, i + 1));
    struct address_space *child = program_fork(parent);
    for (uint64_t i = 0; i < MANY; i += 3)
        assert_true(program_write(child, address + i * PAGE_SIZE, 500 + i));
    for (uint64_t i = 1; i < MANY; i += 3)
        assert_true(program_write(parent, address + i * PAGE_SIZE, 900 + i));
    for (uint64_t i = 0; i < MANY; i++) {
        assert_int_equal(program_value(child, address + i * PAGE_SIZE),
                         i % 3 == 0 ? 500 + i : i + 1);
        assert_int_equal(program_value(parent, address + i * PAGE_SIZE),
                         i % 3 == 1 ? 900 + i : i + 1);
    }
    assert_true(group_counters(group)->resident_peak <= 64);
    program_exit(parent);
    for (uint64_t i = 0; i < MANY; i++)
        assert_int_equal(program_value(child, address + i * PAGE_SIZE),
                         i % 3 == 0 ? 500 + i : i + 1);
    program_exit(child);
    group_destroy(group);
    memory_world_check();
}

static void a_forked_mapping_of_a_file_is_private_or_shared_as_it_was(void **state)
{
    (void)state;
    memory_world_mark();
    world_open(0, 4 * PAGE_SIZE);
    struct address_space *parent = program_new(group_by_id(0));
    uint64_t private_map =
        program_map(parent, 0, 4 * PAGE_SIZE, READ_WRITE, MAP_FLAG_PRIVATE, 0, 0);
    uint64_t shared_map = program_map(parent, 0, 4 * PAGE_SIZE, READ_WRITE, MAP_FLAG_SHARED, 0, 0);
    assert_true(program_write(parent, private_map, 11));
    struct address_space *child = program_fork(parent);
    assert_int_equal(program_frame(child, private_map), 0);
    assert_int_equal(program_value(child, private_map), 11);
    assert_true(program_write(child, private_map, 12));
    assert_true(program_write(child, private_map + PAGE_SIZE, 13));
    assert_true(program_write(child, shared_map + 2 * PAGE_SIZE, 14));
    assert_int_equal(program_value(parent, private_map), 11);
    assert_int_equal((uint8_t)program_value(parent, private_map + PAGE_SIZE), 2);
    assert_int_equal(program_value(parent, shared_map + 2 * PAGE_SIZE), 14);
    assert_int_equal(program_value(parent, private_map + 2 * PAGE_SIZE), 14);
    program_exit(child);
    program_exit(parent);
    world_close(0);
    memory_world_check();
    assert_int_equal(disk_files[0].bytes[0], 1);
    assert_int_equal(disk_files[0].bytes[PAGE_SIZE], 2);
    assert_int_equal(disk_files[0].bytes[2 * PAGE_SIZE], 14);
}

static void fork_costs_what_was_touched_not_what_is_mapped(void **state)
{
    (void)state;
    memory_world_mark();
    struct address_space *parent = program_new(group_by_id(0));
    uint64_t address = program_map(parent, 0, 1ull << 36, READ_WRITE, PRIVATE_ANONYMOUS, -1, 0);
    for (uint64_t i = 0; i < 8; i++)
        assert_true(program_write(parent, address + (i << 33), i + 1));
    uint64_t before = fake_counters.operations;
    struct address_space *child = program_fork(parent);
    assert_true(fake_counters.operations - before <= 8);
    for (uint64_t i = 0; i < 8; i++)
        assert_int_equal(program_value(child, address + (i << 33)), i + 1);
    program_exit(child);
    program_exit(parent);
    memory_world_check();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_page_is_shared_until_somebody_writes),
        cmocka_unit_test(what_the_parent_writes_after_fork_is_its_own),
        cmocka_unit_test(shared_anonymous_memory_stays_shared),
        cmocka_unit_test(a_page_touched_first_after_fork_is_not_shared),
        cmocka_unit_test(copies_survive_swapping),
        cmocka_unit_test(a_forked_mapping_of_a_file_is_private_or_shared_as_it_was),
        cmocka_unit_test(fork_costs_what_was_touched_not_what_is_mapped),
    };
    return cmocka_run_group_tests(tests, memory_world_begin, memory_world_end);
}
