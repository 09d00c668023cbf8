/*
 * Large pages: made by a fault in a region that asked for them, split when a part goes, gone as a whole.
 */
#include "../../pager/accessed.h"
#include "../../pager/frame_pool.h"
#include "../../pager/group.h"
#include "host_test.h"
#include "memory_world.h"

#define READ_WRITE (PROTECT_READ | PROTECT_WRITE)
#define PRIVATE_ANONYMOUS (MAP_FLAG_PRIVATE | MAP_FLAG_ANONYMOUS | MAP_FLAG_FIXED)
#define BASE 0x40000000ull /* 2 MiB aligned */
#define HUGE_PAGE 14
#define NO_HUGE_PAGE 15
#define DONT_NEED 4

static struct address_space *program;

static int32_t advise(struct address_space *space, uint64_t start, uint64_t length, uint64_t advice)
{
    return program_call(space, memory_advise_step, (uint64_t[6]){start, length, advice}, NULL);
}

static const struct group_statistics *counters(void)
{
    return group_counters(program->group);
}

/* `length` at BASE that asks for large pages, in a program and a group of their own. */
static void begin_with(uint64_t length, uint64_t limit)
{
    int32_t error;
    memory_world_mark();
    struct group *group = group_create(0, limit, NULL, &error);
    assert_non_null(group);
    program = program_new(group);
    assert_int_equal(program_map(program, BASE, length, READ_WRITE, PRIVATE_ANONYMOUS, -1, 0),
                     BASE);
    assert_int_equal(advise(program, BASE, length, HUGE_PAGE), 0);
}

static void begin(uint64_t length)
{
    begin_with(length, 1u << 20);
}

static void end(void)
{
    struct group *group = program->group;
    program_exit(program);
    for (int i = 0; i < 4; i++)
        memory_world_settle();
    assert_int_equal(group->counters.large_pages, 0);
    assert_int_equal(group_destroy(group), 0);
    memory_world_check();
}

static bool is_large(struct address_space *space, uint64_t address)
{
    return page_table_entry(space, address) & PAGE_LARGE;
}

/* A value of its own in each page of the 2 MiB. */
static void fill(struct address_space *space, uint64_t start)
{
    for (uint64_t i = 0; i < BLOCK_FRAMES; i++)
        assert_true(program_write(space, start + i * PAGE_SIZE, start + i));
}

static void check_filled(struct address_space *space, uint64_t start, uint64_t from, uint64_t to)
{
    for (uint64_t i = from; i < to; i++)
        assert_int_equal(program_value(space, start + i * PAGE_SIZE), start + i);
}

static void one_fault_brings_two_mebibytes_of_zeros(void **state)
{
    (void)state;
    begin(2 * LARGE_PAGE_SIZE);
    uint64_t value;
    for (uint64_t i = 0; i < BLOCK_FRAMES; i++) {
        assert_true(program_read(program, BASE + LARGE_PAGE_SIZE + i * PAGE_SIZE, &value));
        assert_int_equal(value, 0);
    }
    assert_true(is_large(program, BASE + LARGE_PAGE_SIZE));
    assert_int_equal(counters()->faults, 1);
    assert_int_equal(counters()->faults_zero_fill, 1);
    assert_int_equal(counters()->faults_large, 1);
    assert_int_equal(counters()->large_pages, 1);
    assert_int_equal(counters()->resident, BLOCK_FRAMES);
    assert_int_equal(program->group->in_policy, BLOCK_FRAMES);
    assert_false(program_frame(program, BASE) != 0);
    uint64_t frame = program_frame(program, BASE + LARGE_PAGE_SIZE);
    assert_int_equal(frame % LARGE_PAGE_SIZE, 0);
    assert_int_equal(program_frame(program, BASE + LARGE_PAGE_SIZE + 5 * PAGE_SIZE),
                     frame + 5 * PAGE_SIZE);
    end();
}

static void only_whole_aligned_untouched_ranges_of_the_region_get_one(void **state)
{
    (void)state;
    begin_with(4 * LARGE_PAGE_SIZE, 1u << 20);
    /* Cut by the region's ends; by advice; touched before it was advised; without advice. */
    assert_int_equal(program_unmap(program, BASE, PAGE_SIZE), 0);
    assert_int_equal(advise(program, BASE + LARGE_PAGE_SIZE, PAGE_SIZE, NO_HUGE_PAGE), 0);
    assert_int_equal(advise(program, BASE + 2 * LARGE_PAGE_SIZE, LARGE_PAGE_SIZE, NO_HUGE_PAGE), 0);
    assert_true(program_write(program, BASE + 2 * LARGE_PAGE_SIZE, 1));
    assert_int_equal(advise(program, BASE + 2 * LARGE_PAGE_SIZE, LARGE_PAGE_SIZE, HUGE_PAGE), 0);
    for (uint64_t i = 0; i < 3; i++)
        assert_true(program_write(program, BASE + i * LARGE_PAGE_SIZE + 9 * PAGE_SIZE, i));
    assert_int_equal(counters()->faults_large, 0);
    assert_int_equal(counters()->large_fallbacks, 0); /* nothing was wanted */
    assert_true(program_write(program, BASE + 3 * LARGE_PAGE_SIZE + 9 * PAGE_SIZE, 3));
    assert_int_equal(counters()->faults_large, 1);
    end();
}

static void no_large_page_where_the_group_has_no_room(void **state)
{
    (void)state;
    begin_with(2 * LARGE_PAGE_SIZE, BLOCK_FRAMES + 100);
    assert_true(program_write(program, BASE, 1));
    uint64_t first = counters()->faults_large;
    for (uint64_t i = 0; i < 50; i++)
        assert_true(program_write(program, BASE + LARGE_PAGE_SIZE + i * PAGE_SIZE, i));
    assert_int_equal(counters()->faults_large, first);
    assert_true(counters()->large_fallbacks > 0);
    assert_int_equal(counters()->evictions_clean + counters()->evictions_dirty, 0);
    assert_true(counters()->resident_peak <= BLOCK_FRAMES + 100);
    end();
}

/* One frame of each block is taken: nowhere are 512 in a row. */
static void no_large_page_where_memory_is_in_pieces(void **state)
{
    (void)state;
    begin(LARGE_PAGE_SIZE);
    uint64_t held[64], count = 0;
    while (frame_pool.whole != NULL) {
        struct page *page = pool_take_block();
        held[count++] = page_physical(page);
        page_set_state(page, PAGE_STATE_WIRED);
        for (uint32_t i = 1; i < BLOCK_FRAMES; i++)
            pool_put(&page[i]);
    }
    assert_true(count > 1);
    assert_true(program_write(program, BASE, 1));
    assert_int_equal(counters()->faults_large, 0);
    assert_int_equal(counters()->large_fallbacks, 1);
    assert_int_equal(counters()->resident, 1);
    while (count > 0)
        frames_free_wired(held[--count], 1);
    assert_non_null(frame_pool.whole);
    end();
}

static void unmapping_all_of_it_is_one_operation_and_splits_nothing(void **state)
{
    (void)state;
    begin(2 * LARGE_PAGE_SIZE);
    fill(program, BASE);
    uint64_t operations = fake_counters.operations, free_frames = pool_length();
    assert_int_equal(program_unmap(program, BASE, LARGE_PAGE_SIZE), 0);
    assert_int_equal(fake_counters.operations, operations + 1);
    assert_true(pool_length() >= free_frames + BLOCK_FRAMES);
    assert_int_equal(counters()->large_splits, 0);
    assert_int_equal(counters()->large_pages, 0);
    end();
}

static void forgotten_pages_are_zeros_in_a_new_large_page(void **state)
{
    (void)state;
    begin(LARGE_PAGE_SIZE);
    fill(program, BASE);
    assert_int_equal(advise(program, BASE, LARGE_PAGE_SIZE, DONT_NEED), 0);
    assert_int_equal(counters()->resident, 0);
    assert_int_equal(program_value(program, BASE + 3 * PAGE_SIZE), 0);
    assert_int_equal(counters()->faults_large, 2);
    end();
}

static void a_part_that_goes_splits_it_and_leaves_the_rest(void **state)
{
    (void)state;
    static const uint64_t firsts[] = {0, 7, BLOCK_FRAMES - 1};
    for (unsigned way = 0; way < 3; way++) {
        for (unsigned i = 0; i < 3; i++) {
            begin(LARGE_PAGE_SIZE);
            fill(program, BASE);
            uint64_t first = firsts[i], address = BASE + first * PAGE_SIZE;
            if (way == 0)
                assert_int_equal(program_unmap(program, address, PAGE_SIZE), 0);
            else if (way == 1)
                assert_int_equal(advise(program, address, PAGE_SIZE, DONT_NEED), 0);
            else
                assert_int_equal(program_protect(program, address, PAGE_SIZE, 0), 0);
            assert_false(is_large(program, BASE + 9 * PAGE_SIZE));
            assert_int_equal(counters()->large_splits, 1);
            assert_int_equal(counters()->large_pages, 0);
            uint64_t faults = counters()->faults;
            check_filled(program, BASE, 0, first);
            check_filled(program, BASE, first + 1, BLOCK_FRAMES);
            assert_int_equal(counters()->faults, faults); /* they stayed mapped */
            if (way == 1)
                assert_int_equal(program_value(program, address), 0);
            end();
        }
    }
}

static void rights_taken_from_all_of_it_leave_it_large(void **state)
{
    (void)state;
    begin(LARGE_PAGE_SIZE);
    fill(program, BASE);
    assert_int_equal(program_protect(program, BASE, LARGE_PAGE_SIZE, PROTECT_READ), 0);
    assert_true(is_large(program, BASE));
    check_filled(program, BASE, 0, BLOCK_FRAMES);
    assert_int_equal(program_protect(program, BASE, LARGE_PAGE_SIZE, READ_WRITE), 0);
    assert_true(program_write(program, BASE + 5 * PAGE_SIZE, 55)); /* its own right comes back */
    assert_false(is_large(program, BASE));
    assert_int_equal(program_value(program, BASE + 5 * PAGE_SIZE), 55);
    check_filled(program, BASE, 6, BLOCK_FRAMES);
    end();
}

static void fork_shares_it_until_somebody_writes(void **state)
{
    (void)state;
    begin(2 * LARGE_PAGE_SIZE);
    fill(program, BASE);
    struct address_space *child = program_fork(program);
    assert_true(is_large(program, BASE));
    assert_int_equal(program_frame(program, BASE), program_frame(program, BASE));
    check_filled(child, BASE, 0, BLOCK_FRAMES);
    assert_int_equal(counters()->resident, BLOCK_FRAMES);
    assert_true(program_write(child, BASE + 3 * PAGE_SIZE, 33));
    assert_true(program_write(program, BASE + 4 * PAGE_SIZE, 44));
    assert_false(is_large(program, BASE));
    assert_int_equal(program_value(program, BASE + 3 * PAGE_SIZE), BASE + 3);
    assert_int_equal(program_value(child, BASE + 4 * PAGE_SIZE), BASE + 4);
    assert_int_equal(program_value(program, BASE + 4 * PAGE_SIZE), 44);
    /* The child's region asks for large pages too. */
    assert_true(program_write(child, BASE + LARGE_PAGE_SIZE, 1));
    assert_true(is_large(child, BASE + LARGE_PAGE_SIZE));
    assert_int_equal(program_value(program, BASE + LARGE_PAGE_SIZE), 0);
    program_exit(child);
    check_filled(program, BASE, 5, BLOCK_FRAMES);
    end();
}

static void a_victim_in_it_splits_it_and_all_survive_swap(void **state)
{
    (void)state;
    begin_with(4 * LARGE_PAGE_SIZE, 3 * BLOCK_FRAMES);
    fill(program, BASE);
    assert_int_equal(counters()->faults_large, 1);
    uint64_t faults = counters()->faults;
    for (uint64_t i = 1; i < 4; i++)
        fill(program, BASE + i * LARGE_PAGE_SIZE);
    assert_true(counters()->large_splits > 0);
    assert_true(counters()->swap_outs > 0);
    assert_true(counters()->faults > faults);
    for (uint64_t i = 0; i < 4; i++)
        check_filled(program, BASE + i * LARGE_PAGE_SIZE, 0, BLOCK_FRAMES);
    assert_true(counters()->resident_peak <= 3 * BLOCK_FRAMES);
    end();
}

static void untouched_pages_of_it_need_no_swap(void **state)
{
    (void)state;
    begin_with(3 * LARGE_PAGE_SIZE, 2 * BLOCK_FRAMES);
    assert_true(program_write(program, BASE, 7));
    for (uint64_t i = 0; i < 2 * BLOCK_FRAMES; i++)
        assert_true(program_write(program, BASE + LARGE_PAGE_SIZE + i * PAGE_SIZE, i + 1));
    assert_true(counters()->zero_evictions > 0);
    assert_int_equal(program_value(program, BASE), 7);
    assert_int_equal(program_value(program, BASE + 100 * PAGE_SIZE), 0);
    end();
}

/* The bit of the access that made it is no reference; then one access is one for all of it. */
static void one_accessed_bit_is_that_of_all_its_pages(void **state)
{
    (void)state;
    begin(LARGE_PAGE_SIZE);
    assert_true(program_write(program, BASE + 3 * PAGE_SIZE, 1));
    struct page *first = page_of_physical(program_frame(program, BASE));
    assert_false(accessed_look(&first[3]) || accessed_look(&first[4]));
    accessed_clear_new(program->group);
    assert_false(accessed_look(&first[3]) || accessed_look(&first[4]));
    assert_true(fake_touch(program->task, BASE + 9 * PAGE_SIZE, false));
    assert_true(accessed_look(&first[3]));
    accessed_post_clears();
    assert_false(accessed_look(&first[3]) || accessed_look(&first[9]));
    assert_true(is_large(program, BASE));

    /* Split before the bit of the insert was cleared: nobody is referenced. */
    assert_int_equal(advise(program, BASE, LARGE_PAGE_SIZE, DONT_NEED), 0);
    assert_true(program_write(program, BASE + 3 * PAGE_SIZE, 1));
    first = page_of_physical(program_frame(program, BASE));
    assert_int_equal(program_unmap(program, BASE, PAGE_SIZE), 0);
    for (uint64_t i = 1; i < BLOCK_FRAMES; i++)
        assert_false(accessed_look(&first[i]));
    assert_true(fake_touch(program->task, BASE + 9 * PAGE_SIZE, false));
    assert_true(accessed_look(&first[9]));
    accessed_post_clears();
    end();
}

static void a_second_thread_s_fault_finds_it_and_splits_nothing(void **state)
{
    (void)state;
    begin(LARGE_PAGE_SIZE);
    struct request requests[2];
    for (int i = 0; i < 2; i++)
        request_prepare(&requests[i], program, fault_step,
                        (uint64_t[6]){BASE + (uint64_t)i * PAGE_SIZE, FAULT_ACCESS_WRITE}, true);
    for (int i = 0; i < 2; i++) {
        assert_true(request_go(&requests[i]));
        assert_int_equal(requests[i].map_page, 0); /* FAULT_RETRY */
    }
    assert_true(is_large(program, BASE));
    assert_int_equal(counters()->faults_large, 1);
    end();
}

static void the_pagers_own_accesses_make_and_use_it(void **state)
{
    (void)state;
    begin(LARGE_PAGE_SIZE);
    struct request request;
    uint64_t value = 99, progress = 0;
    request_prepare(&request, program, NULL, (uint64_t[6]){0}, false);
    assert_int_equal(
        user_copy_out(&request, program, BASE + PAGE_SIZE - 8, &value, 8, 0, &progress), COPY_DONE);
    program->requests--;
    assert_true(is_large(program, BASE));
    assert_int_equal(program_value(program, BASE + PAGE_SIZE - 8), 99);
    assert_int_equal(counters()->faults, 0);
    end();
}

static void locking_keeps_it_and_its_pages(void **state)
{
    (void)state;
    begin_with(4 * LARGE_PAGE_SIZE, 3 * BLOCK_FRAMES);
    fill(program, BASE);
    assert_int_equal(
        program_call(program, memory_lock_step, (uint64_t[6]){BASE, LARGE_PAGE_SIZE}, NULL), 0);
    assert_true(is_large(program, BASE));
    assert_int_equal(program->locked_pages, BLOCK_FRAMES);
    for (uint64_t i = 1; i < 4; i++)
        fill(program, BASE + i * LARGE_PAGE_SIZE);
    assert_true(is_large(program, BASE)); /* no victim in it */
    check_filled(program, BASE, 0, BLOCK_FRAMES);
    assert_int_equal(program_unmap(program, BASE, LARGE_PAGE_SIZE), 0);
    assert_int_equal(program->locked_pages, 0);
    end();
}

static void a_move_unmaps_it_and_keeps_the_contents(void **state)
{
    (void)state;
    begin(LARGE_PAGE_SIZE);
    fill(program, BASE);
    uint64_t to = BASE + 4 * LARGE_PAGE_SIZE;
    assert_int_equal(program_call(program, memory_remap_step,
                                  (uint64_t[6]){BASE, LARGE_PAGE_SIZE, LARGE_PAGE_SIZE, 3, to},
                                  NULL),
                     0);
    for (uint64_t i = 0; i < BLOCK_FRAMES; i++)
        assert_int_equal(program_value(program, to + i * PAGE_SIZE), BASE + i);
    end();
}

/* What splits need was set aside: with no frame left at all, eviction goes on. */
static void splitting_needs_no_memory(void **state)
{
    (void)state;
    begin(2 * LARGE_PAGE_SIZE);
    fill(program, BASE);
    fill(program, BASE + LARGE_PAGE_SIZE);
    uint64_t held = 0, tables = 0;
    struct page *page;
    while ((page = pool_take()) != NULL) {
        page_set_state(page, PAGE_STATE_WIRED);
        page_time(page)->inserted_at = held;
        held = page_physical(page);
    }
    for (uint64_t frame; (frame = donation_take(PAGE_STATE_TABLE)) != 0;) {
        page_of_physical(frame)->index = (uint32_t)(tables >> PAGE_SHIFT);
        tables = frame;
    }
    assert_int_equal(program_unmap(program, BASE + PAGE_SIZE, PAGE_SIZE), 0);
    assert_int_equal(program_unmap(program, BASE + LARGE_PAGE_SIZE, PAGE_SIZE), 0);
    assert_int_equal(counters()->large_splits, 2);
    while (tables != 0) {
        uint64_t next = (uint64_t)page_of_physical(tables)->index << PAGE_SHIFT;
        donation_return(tables);
        tables = next;
    }
    while (held != 0) {
        uint64_t next = page_time(page_of_physical(held))->inserted_at;
        frames_free_wired(held, 1);
        held = next;
    }
    check_filled(program, BASE, 2, BLOCK_FRAMES);
    end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_fault_brings_two_mebibytes_of_zeros),
        cmocka_unit_test(only_whole_aligned_untouched_ranges_of_the_region_get_one),
        cmocka_unit_test(no_large_page_where_the_group_has_no_room),
        cmocka_unit_test(no_large_page_where_memory_is_in_pieces),
        cmocka_unit_test(unmapping_all_of_it_is_one_operation_and_splits_nothing),
        cmocka_unit_test(forgotten_pages_are_zeros_in_a_new_large_page),
        cmocka_unit_test(a_part_that_goes_splits_it_and_leaves_the_rest),
        cmocka_unit_test(rights_taken_from_all_of_it_leave_it_large),
        cmocka_unit_test(fork_shares_it_until_somebody_writes),
        cmocka_unit_test(a_victim_in_it_splits_it_and_all_survive_swap),
        cmocka_unit_test(untouched_pages_of_it_need_no_swap),
        cmocka_unit_test(one_accessed_bit_is_that_of_all_its_pages),
        cmocka_unit_test(a_second_thread_s_fault_finds_it_and_splits_nothing),
        cmocka_unit_test(the_pagers_own_accesses_make_and_use_it),
        cmocka_unit_test(locking_keeps_it_and_its_pages),
        cmocka_unit_test(a_move_unmaps_it_and_keeps_the_contents),
        cmocka_unit_test(splitting_needs_no_memory),
    };
    return cmocka_run_group_tests(tests, memory_world_begin, memory_world_end);
}
