/*
 * The page cache: mappings of files, the end of file, truncation, write-back.
 */
#include "host_test.h"
#include "memory_world.h"
#include <string.h>

#define READ_WRITE (PROTECT_READ | PROTECT_WRITE)

static uint64_t map_file(struct address_space *space, uint64_t pages, uint32_t flags)
{
    uint64_t address = program_map(space, 0, pages * PAGE_SIZE, READ_WRITE, flags, 0, 0);
    assert_true(address >= PROGRAM_ADDRESS_MIN && address < PROGRAM_ADDRESS_LIMIT);
    return address;
}

/* A read or write call, as the services make it. */
static struct page *get_page(struct address_space *space, struct file_object *file, uint64_t index,
                             bool extend)
{
    struct request request;
    request_prepare(&request, space, NULL, (uint64_t[6]){0}, false);
    for (;;) {
        int32_t status;
        struct page *page = file_page_get(file, index, space->group, extend, extend, false, 0,
                                          &request.waiter, &status);
        if (status != 0) {
            space->requests--;
            return page;
        }
        memory_world_settle();
    }
}

static int32_t set_size(struct address_space *space, struct file_object *file, uint64_t size)
{
    struct request request;
    int32_t status;
    request_prepare(&request, space, NULL, (uint64_t[6]){0}, false);
    while ((status = file_set_size(file, size, &request)) == 0)
        memory_world_settle();
    space->requests--;
    return status;
}

static void a_page_is_read_when_it_is_touched_and_once(void **state)
{
    (void)state;
    memory_world_mark();
    world_open(0, 8 * PAGE_SIZE);
    struct address_space *one = program_new(group_by_id(0)), *two = program_new(group_by_id(0));
    uint64_t first = map_file(one, 8, MAP_FLAG_SHARED), second = map_file(two, 8, MAP_FLAG_PRIVATE);
    assert_int_equal(disk_files[0].reads, 0);
    assert_int_equal((uint8_t)program_value(one, first + 3 * PAGE_SIZE), 4);
    assert_int_equal((uint8_t)program_value(two, second + 3 * PAGE_SIZE), 4);
    assert_int_equal(program_frame(one, first + 3 * PAGE_SIZE),
                     program_frame(two, second + 3 * PAGE_SIZE));
    assert_int_equal(disk_files[0].reads, 1);
    program_exit(one);
    program_exit(two);
    world_close(0);
    memory_world_check();
    assert_int_equal(disk_files[0].writes, 0);
}

static void shared_writes_reach_calls_and_disk_private_ones_neither(void **state)
{
    (void)state;
    memory_world_mark();
    struct file_object *file = world_open(0, 4 * PAGE_SIZE);
    struct address_space *space = program_new(group_by_id(0));
    uint64_t shared = map_file(space, 4, MAP_FLAG_SHARED),
             private = map_file(space, 4, MAP_FLAG_PRIVATE);
    assert_true(program_write(space, shared + 8, 77));
    assert_true(program_write(space, private + PAGE_SIZE, 88));
    struct page *page = get_page(space, file, 0, false);
    assert_int_equal(((uint64_t *)page_contents(page))[1], 77);
    ((uint64_t *)page_contents(page))[2] = 99;
    file_page_dirty(page);
    page_unpin(page);
    assert_int_equal(program_value(space, shared + 16), 99);
    assert_int_equal(program_value(space, private + 16), 99);
    program_exit(space);
    world_close(0);
    memory_world_check();
    assert_int_equal(disk_files[0].bytes[8], 77);
    assert_int_equal(disk_files[0].bytes[16], 99);
    assert_int_equal(disk_files[0].bytes[PAGE_SIZE], 2);
    assert_int_equal(disk_files[0].writes, 1);
}

static void past_the_end_are_zeros_that_never_reach_the_disk(void **state)
{
    (void)state;
    memory_world_mark();
    struct file_object *file = world_open(0, PAGE_SIZE + 100);
    memset(disk_files[0].bytes + PAGE_SIZE + 100, 0xee,
           412); /* what the disk has there is not the file's */
    struct address_space *space = program_new(group_by_id(0));
    uint64_t address = map_file(space, 3, MAP_FLAG_SHARED);
    assert_int_equal(program_value(space, address + PAGE_SIZE + 104), 0);
    assert_true(program_write(space, address + PAGE_SIZE + 8, 5));
    assert_true(
        program_write(space, address + PAGE_SIZE + 2000, 6)); /* the fs fake checks the zeros */
    writeback_file(file, 0, UINT64_MAX, NULL);
    memory_world_settle();
    assert_int_equal(disk_files[0].bytes[PAGE_SIZE + 8], 5);
    assert_true(program_write(space, address + PAGE_SIZE + 2000, 7));
    file_grow(file, 2 * PAGE_SIZE);
    assert_int_equal(program_value(space, address + PAGE_SIZE + 2000), 0);
    assert_false(program_touch(space, address + 2 * PAGE_SIZE, false, 0));
    assert_int_equal(fake_death_reason, DEATH_BUS);
    program_exit(space);
    world_close(0);
    memory_world_check();
}

static void a_write_during_write_back_is_not_lost(void **state)
{
    (void)state;
    memory_world_mark();
    struct file_object *file = world_open(0, 2 * PAGE_SIZE);
    struct address_space *space = program_new(group_by_id(0));
    uint64_t address = map_file(space, 2, MAP_FLAG_SHARED);
    assert_true(program_write(space, address, 1111));
    world_hold_fs = true;
    writeback_file(file, 0, UINT64_MAX, NULL);
    assert_int_equal(file->dirty, 0);
    assert_true(program_write(space, address, 2222));
    assert_int_equal(file->dirty, 1);
    world_hold_fs = false;
    program_exit(space);
    world_close(0);
    memory_world_check();
    assert_int_equal(*(uint64_t *)disk_files[0].bytes, 2222);
    assert_int_equal(disk_files[0].writes, 2);
}

static void truncation_takes_mapped_pages_away(void **state)
{
    (void)state;
    memory_world_mark();
    struct file_object *file = world_open(0, 4 * PAGE_SIZE);
    struct address_space *space = program_new(group_by_id(0)), *other = program_new(group_by_id(0));
    uint64_t shared = map_file(space, 4, MAP_FLAG_SHARED),
             private = map_file(other, 4, MAP_FLAG_PRIVATE);
    for (uint64_t i = 0; i < 4; i++) {
        assert_true(program_write(space, shared + i * PAGE_SIZE + 1000, 9));
        assert_true(program_write(other, private + i * PAGE_SIZE + 1000, 9));
    }
    assert_int_equal(set_size(space, file, PAGE_SIZE + 500), 1);
    assert_int_equal(program_value(space, shared + 1000), 9);
    assert_int_equal(program_value(space, shared + PAGE_SIZE + 1000), 0);
    assert_int_equal(disk_files[0].size, PAGE_SIZE + 500);
    assert_false(program_touch(space, shared + 2 * PAGE_SIZE, true, 0));
    assert_int_equal(fake_death_reason, DEATH_BUS);
    assert_false(program_touch(other, private + 3 * PAGE_SIZE, false, 0));
    assert_int_equal(set_size(space, file, 4 * PAGE_SIZE), 1);
    struct page *page = get_page(space, file, 2, false);
    assert_int_equal(*(uint64_t *)page_contents(page), 0);
    page_unpin(page);
    program_exit(space);
    program_exit(other);
    world_close(0);
    memory_world_check();
}

static void truncation_waits_for_reads_and_writes_in_flight(void **state)
{
    (void)state;
    memory_world_mark();
    struct file_object *file = world_open(0, 4 * PAGE_SIZE);
    struct address_space *space = program_new(group_by_id(0));
    uint64_t address = map_file(space, 4, MAP_FLAG_SHARED);
    assert_true(program_write(space, address + 2 * PAGE_SIZE, 9));
    world_hold_fs = true;
    writeback_file(file, 0, UINT64_MAX, NULL);
    struct request fault, truncate;
    request_prepare(&fault, space, fault_step, (uint64_t[6]){address + 3 * PAGE_SIZE}, true);
    assert_false(request_go(&fault));
    request_prepare(&truncate, space, NULL, (uint64_t[6]){0}, false);
    assert_int_equal(file_set_size(file, PAGE_SIZE, &truncate), 0);
    memory_world_settle();
    assert_int_equal(file->size, PAGE_SIZE);
    assert_true(file->shrinking);
    world_hold_fs = false;
    for (int i = 0; i < 5; i++)
        memory_world_settle();
    assert_int_equal(file_set_size(file, PAGE_SIZE, &truncate), 1);
    assert_int_equal(file->resident, 0);
    assert_true(request_go(&fault));
    assert_int_equal(fake_death_reason, DEATH_BUS);
    space->requests--;
    program_exit(space);
    world_close(0);
    memory_world_check();
    assert_int_equal(disk_files[0].size, PAGE_SIZE);
}

static void a_page_that_cannot_be_read_kills_with_a_bus_error(void **state)
{
    (void)state;
    memory_world_mark();
    struct file_object *file = world_open(0, 2 * PAGE_SIZE);
    struct address_space *space = program_new(group_by_id(0));
    uint64_t address = map_file(space, 2, MAP_FLAG_SHARED);
    disk_files[0].fail_reads = true;
    assert_null(get_page(space, file, 1, false));
    assert_false(program_touch(space, address, false, 0));
    assert_int_equal(fake_death_reason, DEATH_BUS);
    program_exit(space);
    world_close(0);
    memory_world_check();
}

static void a_mapping_may_write_to_a_hole_only_when_there_is_space(void **state)
{
    (void)state;
    memory_world_mark();
    world_open(0, 4 * PAGE_SIZE);
    disk_files[0].holes = true;
    struct address_space *space = program_new(group_by_id(0));
    uint64_t address = map_file(space, 4, MAP_FLAG_SHARED);
    assert_int_equal(program_value(space, address), 0);
    assert_true(program_write(space, address, 3));
    assert_true(program_write(space, address, 4));
    assert_int_equal(disk_files[0].reservations, 1);
    disk_files[0].full = true;
    assert_false(program_touch(space, address + PAGE_SIZE, true, 0));
    assert_int_equal(fake_death_reason, DEATH_BUS);
    program_exit(space);
    world_close(0);
    memory_world_check();
}

static void a_failed_write_back_is_remembered_and_the_page_stays_dirty(void **state)
{
    (void)state;
    memory_world_mark();
    struct file_object *file = world_open(0, PAGE_SIZE);
    struct address_space *space = program_new(group_by_id(0));
    uint64_t address = map_file(space, 1, MAP_FLAG_SHARED);
    assert_true(program_write(space, address, 3));
    disk_files[0].fail_writes = true;
    writeback_file(file, 0, UINT64_MAX, NULL);
    memory_world_settle();
    assert_int_equal(file->write_error, -EIO);
    assert_int_equal(file->dirty, 1);
    disk_files[0].fail_writes = false;
    uint64_t words[6] = {address, PAGE_SIZE, 4};
    assert_int_equal(program_call(space, memory_sync_step, words, NULL), -EIO);
    assert_int_equal(program_call(space, memory_sync_step, words, NULL), 0);
    assert_int_equal(*(uint64_t *)disk_files[0].bytes, 3);
    program_exit(space);
    world_close(0);
    memory_world_check();
}

static void a_file_without_name_and_user_goes_with_its_pages(void **state)
{
    (void)state;
    memory_world_mark();
    struct file_object *file = world_open(0, 4 * PAGE_SIZE);
    struct address_space *space = program_new(group_by_id(0));
    uint64_t address = map_file(space, 4, MAP_FLAG_SHARED);
    assert_true(program_write(space, address, 3));
    world_close(0);
    file_object_links_changed(100, 0);
    assert_int_equal(program_value(space, address), 3);
    assert_ptr_equal(file_object_of_inode(100), file);
    program_exit(space);
    memory_world_settle();
    assert_null(file_object_of_inode(100));
    memory_world_check();
}

static void file_pages_over_the_budget_come_and_go(void **state)
{
    (void)state;
    int32_t error;
    enum { MANY = 300 };
    memory_world_mark();
    world_open(0, MANY * PAGE_SIZE);
    struct group *group = group_create(0, 64, NULL, &error);
    struct address_space *space = program_new(group);
    uint64_t shared = map_file(space, MANY, MAP_FLAG_SHARED),
             private = map_file(space, MANY, MAP_FLAG_PRIVATE);
    for (uint64_t i = 0; i < MANY; i++) {
        if (i % 2 == 0)
            assert_true(program_write(space, shared + i * PAGE_SIZE, i + 1000));
        if (i % 3 == 0)
            assert_true(program_write(space, private + i * PAGE_SIZE + 8, i + 2000));
    }
    for (uint64_t i = 0; i < MANY; i++) {
        uint64_t value = program_value(space, shared + i * PAGE_SIZE);
        assert_int_equal(i % 2 == 0 ? value : (uint8_t)value,
                         i % 2 == 0 ? i + 1000 : (uint8_t)(i + 1));
        value = program_value(space, private + i * PAGE_SIZE + 8);
        assert_int_equal(i % 3 == 0 ? value : (uint8_t)value,
                         i % 3 == 0 ? i + 2000 : (uint8_t)(i + 1));
    }
    assert_true(group_counters(group)->resident_peak <= 64);
    program_exit(space);
    world_close(0);
    memory_world_settle();
    file_cache_drop(NULL);
    group_destroy(group);
    memory_world_check();
}

static void a_segment_is_file_bytes_and_zeros(void **state)
{
    (void)state;
    memory_world_mark();
    struct file_object *file = world_open(0, 3 * PAGE_SIZE);
    struct address_space *space = program_new(group_by_id(0));
    uint64_t data = 0x600000;
    assert_int_equal(region_map_segment(space, data, 3 * PAGE_SIZE + 10, READ_WRITE, file,
                                        PAGE_SIZE, PAGE_SIZE + 64),
                     0);
    assert_int_equal((uint8_t)program_value(space, data), 2);
    assert_int_equal((uint8_t)program_value(space, data + PAGE_SIZE + 56), 3);
    assert_int_equal(program_value(space, data + PAGE_SIZE + 64), 0);
    assert_int_equal(program_value(space, data + 3 * PAGE_SIZE), 0);
    assert_true(program_write(space, data + PAGE_SIZE, 9));
    assert_true(program_write(space, data + 2 * PAGE_SIZE, 9));
    uint64_t end;
    assert_int_equal(program_call(space, memory_break_step, (uint64_t[6]){0}, &end), 0);
    assert_int_equal(end, data + 4 * PAGE_SIZE);
    program_exit(space);
    world_close(0);
    memory_world_check();
    assert_int_equal(disk_files[0].writes, 0);
}

static void read_ahead_brings_the_next_pages(void **state)
{
    (void)state;
    int32_t error;
    memory_world_mark();
    world_open(0, 32 * PAGE_SIZE);
    struct group *group = group_create(0, 64, NULL, &error);
    struct address_space *space = program_new(group);
    assert_int_equal(group_set_option(group, GROUP_READ_AHEAD, 4), 0);
    uint64_t address = map_file(space, 6, MAP_FLAG_SHARED);
    assert_int_equal((uint8_t)program_value(space, address), 1);
    assert_int_equal(disk_files[0].reads, 5);
    for (uint64_t i = 0; i < 6; i++)
        assert_int_equal((uint8_t)program_value(space, address + i * PAGE_SIZE), i + 1);
    assert_int_equal(disk_files[0].reads, 6);
    assert_int_equal(group_counters(group)->read_ahead_used, 5);
    program_exit(space);
    world_close(0);
    file_cache_drop(NULL);
    group_destroy(group);
    memory_world_check();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_page_is_read_when_it_is_touched_and_once),
        cmocka_unit_test(shared_writes_reach_calls_and_disk_private_ones_neither),
        cmocka_unit_test(past_the_end_are_zeros_that_never_reach_the_disk),
        cmocka_unit_test(a_write_during_write_back_is_not_lost),
        cmocka_unit_test(truncation_takes_mapped_pages_away),
        cmocka_unit_test(truncation_waits_for_reads_and_writes_in_flight),
        cmocka_unit_test(a_page_that_cannot_be_read_kills_with_a_bus_error),
        cmocka_unit_test(a_mapping_may_write_to_a_hole_only_when_there_is_space),
        cmocka_unit_test(a_failed_write_back_is_remembered_and_the_page_stays_dirty),
        cmocka_unit_test(a_file_without_name_and_user_goes_with_its_pages),
        cmocka_unit_test(file_pages_over_the_budget_come_and_go),
        cmocka_unit_test(a_segment_is_file_bytes_and_zeros),
        cmocka_unit_test(read_ahead_brings_the_next_pages),
    };
    return cmocka_run_group_tests(tests, memory_world_begin, memory_world_end);
}
