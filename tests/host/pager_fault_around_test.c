/*
 * Fault-around and explicit population: which pages of a file come with one that faults.
 */
#include "../../pager/fault.h"
#include "host_test.h"
#include "memory_world.h"
#include <string.h>

#define READ_WRITE (PROTECT_READ | PROTECT_WRITE)
#define WINDOW 16u
#define WINDOW_BYTES (WINDOW * PAGE_SIZE)
#define BASE 0x40000000ull /* a window of every size begins here */

static struct group *group;

/* A program in a group of 256 frames, with file 0 of `pages` pages, all of them in memory. */
static struct address_space *begin(uint64_t pages)
{
    int32_t error;
    memory_world_mark();
    struct file_object *file = world_open(0, pages * PAGE_SIZE);
    group = group_create(0, 256, NULL, &error);
    struct address_space *space = program_new(group);
    for (uint64_t index = 0; index < pages; index++) {
        struct request request;
        int32_t status;
        struct page *page;
        request_prepare(&request, space, NULL, (uint64_t[6]){0}, false);
        while ((page = file_page_get(file, index, group, false, false, false, 0, &request.waiter,
                                     &status)) == NULL)
            memory_world_settle();
        page_unpin(page);
        space->requests--;
    }
    return space;
}

static void end(struct address_space *space)
{
    program_exit(space);
    world_close(0);
    for (int i = 0; i < 8; i++)
        memory_world_settle();
    file_cache_drop(NULL);
    assert_int_equal(group_destroy(group), 0);
    memory_world_check();
}

static void map_at(struct address_space *space, uint64_t address, uint64_t pages, uint32_t flags,
                   uint32_t protection, uint64_t first_page)
{
    assert_int_equal(program_map(space, address, pages * PAGE_SIZE, protection,
                                 flags | MAP_FLAG_FIXED, 0, first_page * PAGE_SIZE),
                     address);
}

static int32_t advise(struct address_space *space, uint64_t address, uint64_t pages,
                      enum advice advice)
{
    return program_call(space, memory_advise_step,
                        (uint64_t[6]){address, pages * PAGE_SIZE, (uint64_t)advice}, NULL);
}

static uint64_t entry_of(const struct address_space *space, uint64_t address, uint64_t page)
{
    return fake_entry(space->task, address + page * PAGE_SIZE);
}

static uint64_t mapped(const struct address_space *space, uint64_t address, uint64_t pages)
{
    uint64_t count = 0;
    for (uint64_t page = 0; page < pages; page++)
        count += entry_of(space, address, page) != 0;
    return count;
}

static struct page *cached(uint64_t index)
{
    return file_page_lookup(disk_files[0].object, index);
}

/* Lets the Accessed bits of the inserts be cleared, after which a bit is a reference. */
static void forget_inserts(void)
{
    for (uint64_t index = 0; cached(index) != NULL; index++)
        cached(index)->flags &= (uint8_t)~PAGE_NEW;
}

static void without_being_asked_a_fault_maps_one_page(void **state)
{
    (void)state;
    struct address_space *space = begin(32);
    map_at(space, BASE, 32, MAP_FLAG_SHARED, READ_WRITE, 0);
    program_value(space, BASE + 5 * PAGE_SIZE);
    assert_int_equal(mapped(space, BASE, 32), 1);
    assert_int_equal(group_counters(group)->mapped_around, 0);
    end(space);
}

static void a_group_maps_the_aligned_window_of_what_is_in_memory(void **state)
{
    (void)state;
    struct address_space *space = begin(40);
    assert_int_equal(group_set_option(group, GROUP_FAULT_AROUND, WINDOW + 3), 0);
    assert_int_equal(group_option(group, GROUP_FAULT_AROUND), WINDOW);
    map_at(space, BASE + 4 * PAGE_SIZE, 32, MAP_FLAG_SHARED, PROTECT_READ, 2);
    uint64_t faults = group_counters(group)->faults;
    assert_int_equal((uint8_t)program_value(space, BASE + 20 * PAGE_SIZE), 19);
    assert_int_equal(mapped(space, BASE + WINDOW_BYTES, WINDOW), WINDOW);
    assert_int_equal(mapped(space, BASE + 4 * PAGE_SIZE, 32), WINDOW);
    for (uint64_t page = WINDOW; page < 2 * WINDOW; page++)
        assert_int_equal((uint8_t)program_value(space, BASE + page * PAGE_SIZE), page - 1);
    assert_int_equal(group_counters(group)->faults, faults + 1);
    assert_int_equal(group_counters(group)->mapped_around, WINDOW - 1);
    /* The first window begins where the region does. */
    program_value(space, BASE + 9 * PAGE_SIZE);
    assert_int_equal(mapped(space, BASE, WINDOW), WINDOW - 4);
    assert_int_equal(group_set_option(group, GROUP_FAULT_AROUND, 1 << 20), 0);
    assert_int_equal(group_option(group, GROUP_FAULT_AROUND), FAULT_AROUND_MAX);
    assert_int_equal(group_set_option(group, 99, 1), -EINVAL);
    end(space);
}

static void pages_that_come_along_are_not_referenced_until_they_are_used(void **state)
{
    (void)state;
    struct address_space *space = begin(WINDOW);
    group_set_option(group, GROUP_FAULT_AROUND, WINDOW);
    forget_inserts();
    map_at(space, BASE, WINDOW, MAP_FLAG_SHARED, PROTECT_READ, 0);
    uint64_t references = group_counters(group)->references;
    program_value(space, BASE + 3 * PAGE_SIZE);
    assert_int_equal(group_counters(group)->references, references + 1); /* the minor fault's */
    for (uint64_t page = 0; page < WINDOW; page++)
        assert_int_equal(entry_of(space, BASE, page) & PAGE_ACCESSED,
                         page == 3 ? PAGE_ACCESSED : 0);
    program_value(space, BASE + 7 * PAGE_SIZE);
    references = group_counters(group)->references;
    program_unmap(space, BASE, WINDOW_BYTES);
    assert_int_equal(group_counters(group)->references, references + 2);
    end(space);
}

static void what_is_in_flight_or_replaced_or_past_the_end_stays_out(void **state)
{
    (void)state;
    struct address_space *space = begin(12);
    group_set_option(group, GROUP_FAULT_AROUND, WINDOW);
    uint64_t other = BASE + (1 << 30);
    map_at(space, other, 12, MAP_FLAG_SHARED, READ_WRITE, 0);
    map_at(space, BASE, WINDOW, MAP_FLAG_PRIVATE, READ_WRITE, 0);
    assert_true(program_write(space, BASE + 2 * PAGE_SIZE, 99)); /* a private copy */
    program_unmap(space, BASE + 4 * PAGE_SIZE, PAGE_SIZE);       /* now two regions */
    assert_true(program_write(space, other + 6 * PAGE_SIZE, 1)); /* to be written */
    world_hold_fs = true;
    writeback_file(disk_files[0].object, 6, 6, NULL);
    assert_true(cached(6)->flags & PAGE_WRITING);
    cached(8)->flags |= PAGE_READAHEAD;

    assert_int_equal((uint8_t)program_value(space, BASE + 9 * PAGE_SIZE), 10);
    for (uint64_t page = 0; page < WINDOW; page++) {
        bool out = (page <= 4 && page != 2) || page == 6 || page == 8 || page >= 12;
        assert_int_equal(entry_of(space, BASE, page) == 0, out);
    }
    assert_int_equal(program_value(space, BASE + 2 * PAGE_SIZE), 99);
    world_hold_fs = false;
    /* The page that was read ahead is reported when it is used. */
    program_value(space, BASE + 8 * PAGE_SIZE);
    assert_int_equal(group_counters(group)->read_ahead_used, 1);
    assert_false(program_touch(space, BASE + 13 * PAGE_SIZE, false, 0));
    assert_int_equal(fake_death_reason, DEATH_BUS);
    end(space);
}

static void the_rights_are_those_that_a_read_would_have_got(void **state)
{
    (void)state;
    struct address_space *space = begin(WINDOW);
    struct address_space *writer = program_new(group);
    group_set_option(group, GROUP_FAULT_AROUND, WINDOW);
    map_at(writer, BASE, WINDOW, MAP_FLAG_SHARED, READ_WRITE, 0);
    assert_true(program_write(writer, BASE + 3 * PAGE_SIZE, 1));
    assert_int_equal(mapped(writer, BASE, WINDOW), 1); /* writes bring nothing along */

    map_at(space, BASE, WINDOW, MAP_FLAG_SHARED, READ_WRITE, 0);
    program_value(space, BASE + 5 * PAGE_SIZE);
    for (uint64_t page = 0; page < WINDOW; page++)
        assert_int_equal(entry_of(space, BASE, page) & PAGE_WRITE, page == 3 ? PAGE_WRITE : 0);
    uint64_t text = BASE + (1 << 30);
    map_at(space, text, WINDOW, MAP_FLAG_PRIVATE, PROTECT_READ | PROTECT_EXECUTE, 0);
    program_value(space, text);
    for (uint64_t page = 0; page < WINDOW; page++) {
        assert_int_equal(entry_of(space, text, page) & (PAGE_WRITE | PAGE_EXECUTE), PAGE_EXECUTE);
        assert_true(cached(page)->flags & PAGE_IS_TEXT);
    }
    /* A write to a page that came along clean is seen: it reaches the file. */
    assert_true(program_write(space, BASE + 6 * PAGE_SIZE, 66));
    program_exit(writer);
    end(space);
    assert_int_equal(disk_files[0].bytes[6 * PAGE_SIZE], 66);
}

static void a_region_may_ask_for_it_or_refuse_it(void **state)
{
    (void)state;
    struct address_space *space = begin(2 * WINDOW);
    map_at(space, BASE, 2 * WINDOW, MAP_FLAG_SHARED, PROTECT_READ, 0);
    assert_int_equal(advise(space, BASE, WINDOW, ADVICE_FAULT_AROUND), 0);
    assert_int_equal(space->region_count, 2);
    program_value(space, BASE + WINDOW_BYTES);
    assert_int_equal(mapped(space, BASE, 2 * WINDOW), 1);
    program_value(space, BASE);
    assert_int_equal(mapped(space, BASE, 2 * WINDOW), WINDOW + 1);

    group_set_option(group, GROUP_FAULT_AROUND, 8);
    advise(space, BASE, 2 * WINDOW, ADVICE_DONT_NEED);
    program_value(space, BASE);
    assert_int_equal(mapped(space, BASE, 2 * WINDOW), 8); /* the group's window */
    assert_int_equal(advise(space, BASE, 2 * WINDOW, ADVICE_NO_FAULT_AROUND), 0);
    assert_int_equal(space->region_count, 1);
    advise(space, BASE, 2 * WINDOW, ADVICE_DONT_NEED);
    program_value(space, BASE);
    assert_int_equal(mapped(space, BASE, 2 * WINDOW), 1);

    program_unmap(space, BASE, 2 * WINDOW_BYTES);
    map_at(space, BASE, 2 * WINDOW, MAP_FLAG_SHARED, PROTECT_READ, 0);
    assert_int_equal(advise(space, BASE, 2 * WINDOW, ADVICE_RANDOM), 0);
    program_value(space, BASE);
    assert_int_equal(mapped(space, BASE, 2 * WINDOW), 1);
    end(space);
}

static void pages_that_came_along_are_evicted_like_others(void **state)
{
    (void)state;
    struct address_space *space = begin(128);
    group_set_option(group, GROUP_FAULT_AROUND, 64);
    map_at(space, BASE, 128, MAP_FLAG_PRIVATE, READ_WRITE, 0);
    program_value(space, BASE + 10 * PAGE_SIZE);
    program_value(space, BASE + 100 * PAGE_SIZE);
    assert_int_equal(mapped(space, BASE, 128), 128);
    assert_int_equal(group_set_limit(group, 0, 32), 0);
    for (int i = 0; i < 16; i++)
        memory_world_settle();
    assert_true(group_counters(group)->resident <= 32);
    assert_int_equal(mapped(space, BASE, 128), group_counters(group)->resident);
    for (uint64_t page = 0; page < 128; page++)
        assert_int_equal((uint8_t)program_value(space, BASE + page * PAGE_SIZE), page + 1);
    end(space);
}

static void populating_makes_each_page_accessible(void **state)
{
    (void)state;
    struct address_space *space = begin(8);
    map_at(space, BASE, 8, MAP_FLAG_SHARED, READ_WRITE, 0);
    map_at(space, BASE + 8 * PAGE_SIZE, 8, MAP_FLAG_PRIVATE, READ_WRITE, 0);
    assert_int_equal(advise(space, BASE, 16, ADVICE_POPULATE_READ), 0);
    for (uint64_t page = 0; page < 16; page++)
        assert_int_equal(entry_of(space, BASE, page) & (PAGE_PRESENT | PAGE_WRITE), PAGE_PRESENT);
    assert_int_equal(advise(space, BASE, 16, ADVICE_POPULATE_WRITE), 0);
    for (uint64_t page = 0; page < 16; page++)
        assert_true(entry_of(space, BASE, page) & PAGE_WRITE);
    assert_int_equal(disk_files[0].object->dirty, 8);

    uint64_t beyond = BASE + (1 << 30);
    map_at(space, beyond, 4, MAP_FLAG_SHARED, PROTECT_READ, 6);
    assert_int_equal(advise(space, beyond, 2, ADVICE_POPULATE_READ), 0);
    assert_int_equal(advise(space, beyond, 4, ADVICE_POPULATE_READ), -EFAULT);
    assert_int_equal(advise(space, beyond, 1, ADVICE_POPULATE_WRITE), -EINVAL);
    assert_int_equal(advise(space, beyond, 5, ADVICE_POPULATE_READ), -ENOMEM);
    assert_int_equal(fake_deaths, 0);
    end(space);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_being_asked_a_fault_maps_one_page),
        cmocka_unit_test(a_group_maps_the_aligned_window_of_what_is_in_memory),
        cmocka_unit_test(pages_that_come_along_are_not_referenced_until_they_are_used),
        cmocka_unit_test(what_is_in_flight_or_replaced_or_past_the_end_stays_out),
        cmocka_unit_test(the_rights_are_those_that_a_read_would_have_got),
        cmocka_unit_test(a_region_may_ask_for_it_or_refuse_it),
        cmocka_unit_test(pages_that_came_along_are_evicted_like_others),
        cmocka_unit_test(populating_makes_each_page_accessible),
    };
    return cmocka_run_group_tests(tests, memory_world_begin, memory_world_end);
}
