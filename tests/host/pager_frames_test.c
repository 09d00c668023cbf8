/*
 * Frames: the pool, donations to the kernel, the window, slabs, reverse map, page tables.
 */
#include "donation.h"
#include "frames_world.h"
#include "host_test.h"
#include "operation_batch.h"
#include "window.h"

#include <string.h>

#define MEGABYTE (1ull << 20)

static void counts_agree_after_boot(void **state)
{
    (void)state;
    uint64_t sizes[] = {16, 64, 128, 200};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        fake_kernel_boot(sizes[i] * MEGABYTE, 0);
        world_check();
        assert_int_equal(frame_pool.total, (sizes[i] - 1) * MEGABYTE / PAGE_SIZE);
        struct system_statistics statistics = {0};
        system_statistics_fill(&statistics);
        assert_true(statistics.metadata_bytes_per_frame < PAGE_SIZE / 50);
        fake_kernel_end();
    }
}

static void module_frames_are_wired_until_they_are_freed(void **state)
{
    (void)state;
    fake_kernel_boot(32 * MEGABYTE, MEGABYTE);
    uint64_t free_before = pool_length();
    assert_int_equal(page_of_physical(2 * MEGABYTE)->state, PAGE_STATE_WIRED);
    frames_free_wired(2 * MEGABYTE, MEGABYTE / PAGE_SIZE);
    assert_int_equal(pool_length(), free_before + MEGABYTE / PAGE_SIZE);
    world_check();
    fake_kernel_end();
}

static void wired_runs_are_contiguous_aligned_and_zeroed(void **state)
{
    (void)state;
    fake_kernel_boot(32 * MEGABYTE, 0);
    uint64_t free_before = pool_length();
    uint64_t run = frames_allocate_wired(100, 64 * 1024);
    assert_int_not_equal(run, 0);
    assert_int_equal(run % (64 * 1024), 0);
    for (uint64_t i = 0; i < 100 * PAGE_SIZE; i++)
        assert_int_equal(host_ram[run + i], 0);
    assert_int_equal(frames_allocate_wired(1ull << 30, PAGE_SIZE), 0);
    frames_free_wired(run, 100);
    assert_int_equal(pool_length(), free_before);
    fake_kernel_end();
}

/* Far more tables than the read-only blocks hold: blocks of the window are split for them. */
static void donations_never_lie_under_a_writable_window(void **state)
{
    (void)state;
    enum { TASKS = 600 };
    static int64_t tasks[TASKS];
    static uint64_t frames[TASKS][3];
    fake_kernel_boot(32 * MEGABYTE, 0);
    uint64_t free_before = frame_pool.counts[PAGE_STATE_FREE] + donation_available();
    for (int i = 0; i < TASKS; i++) {
        struct object_create create = {.authority = BOOT_HANDLE_MEMORY, .type = OBJECT_TASK};
        for (int j = 0; j < 3; j++) {
            create.frames[j] = donation_take(j == 1 ? PAGE_STATE_TABLE : PAGE_STATE_OBJECT);
            assert_int_not_equal(create.frames[j], 0);
            frames[i][j] = create.frames[j];
        }
        tasks[i] = sys_object_create(&create);
        assert_true(tasks[i] > 0);
    }
    world_check();
    for (int i = 0; i < TASKS; i++) {
        sys_object_destroy((uint32_t)tasks[i]);
        for (int j = 0; j < 3; j++)
            donation_return(frames[i][j]);
    }
    /* One table for each split of the window stays. */
    uint64_t free_after = frame_pool.counts[PAGE_STATE_FREE] + donation_available();
    assert_true(free_before - free_after <= 4);
    world_check();

    /* Under pressure they become frames for pages again. */
    struct group *group = group_by_id(0);
    int32_t error;
    while (page_allocate(group, NULL, &error) != NULL)
        continue;
    uint64_t stock = donation_available();
    for (int i = 0; i < 200; i++)
        donation_trim();
    assert_true(donation_available() < stock);
    world_check();
    fake_kernel_end();
}

static void a_shared_window_follows_splits(void **state)
{
    (void)state;
    world_begin(32 * MEGABYTE, 0);
    struct program *server = program_begin(group_by_id(0));
    assert_int_equal(window_share(server->space.task), 0);
    struct page *page = pool_first();
    uint64_t address = RAM_WINDOW + page_physical(page);
    assert_ptr_equal(fake_memory(server->space.task, address), page_contents(page));
    assert_true(window_split(page_physical(page) & ~(LARGE_PAGE_SIZE - 1)));
    assert_ptr_equal(fake_memory(server->space.task, address), page_contents(page));
    pool_remove(page);
    window_hide(&page, 1);
    assert_null(fake_memory(server->space.task, address));
    window_show(page, true);
    assert_ptr_equal(fake_memory(server->space.task, address), page_contents(page));
    pool_put(page);
    world_end();
}

static void slabs_give_zeroed_objects_and_all_frames_back(void **state)
{
    (void)state;
    enum { OBJECTS = 1000 };
    static void *objects[OBJECTS];
    fake_kernel_boot(16 * MEGABYTE, 0);
    uint64_t free_before = pool_length();
    for (uint32_t bytes = 8; bytes <= 2048; bytes = bytes * 3 / 2) {
        struct slab slab = {.object_bytes = bytes};
        for (int round = 0; round < 3; round++) {
            for (int i = round ? OBJECTS / 2 : 0; i < OBJECTS; i++) {
                objects[i] = slab_allocate(&slab);
                assert_non_null(objects[i]);
                for (uint32_t b = 0; b < bytes; b++)
                    assert_int_equal(((uint8_t *)objects[i])[b], 0);
                memset(objects[i], 0xff, bytes);
            }
            assert_int_equal(slab.in_use, OBJECTS);
            for (int i = OBJECTS - 1; i >= (round == 2 ? 0 : OBJECTS / 2); i--)
                slab_free(&slab, objects[i]);
        }
        assert_int_equal(slab.in_use, 0);
        assert_int_equal(pool_length(), free_before);
    }
    fake_kernel_end();
}

static void slabs_say_when_memory_is_gone(void **state)
{
    (void)state;
    fake_kernel_boot(16 * MEGABYTE, 0);
    struct slab slab = {.object_bytes = 4096};
    uint64_t count = 0;
    while (slab_allocate(&slab) != NULL)
        count++;
    assert_int_equal(pool_length(), 0);
    assert_true(count > 1000);
    assert_int_equal(donation_take(PAGE_STATE_TABLE) != 0, 1); /* the stock is its own */
    fake_kernel_end();
}

static void visit_count(struct address_space *space, uint64_t address, void *context)
{
    (void)space, (void)address;
    ++*(int *)context;
}

static void the_reverse_map_holds_any_number_of_mappings(void **state)
{
    (void)state;
    world_begin(16 * MEGABYTE, 0);
    struct program *program = program_begin(group_by_id(0));
    program_access(program, 0, false);
    struct page *page = program->pages[0].page;
    for (uint64_t i = 1; i < 700; i++)
        assert_true(mapping_add(page, &program->space, address_of(i)));
    assert_int_equal(mapping_count(page), 700);
    for (uint64_t i = 1; i < 700; i += 2)
        mapping_remove(page, &program->space, address_of(i));
    mapping_remove(page, &program->space, address_of(0));
    mapping_remove(page, &program->space, address_of(5000));
    int visited = 0;
    mapping_each(page, visit_count, &visited);
    assert_int_equal(visited, 349);
    mapping_forget_all(page);
    assert_int_equal(mapping_slab.in_use, 0);
    assert_true(mapping_add(page, &program->space, address_of(0)));
    world_end();
}

static void unmapping_folds_dirty_and_reports_accessed(void **state)
{
    (void)state;
    world_begin(16 * MEGABYTE, 0);
    struct program *program = program_begin(group_by_id(0));
    program_access(program, 3, true);
    struct page *page = program->pages[3].page;
    assert_int_equal(page->flags & PAGE_IS_DIRTY, 0);
    assert_false(page_unmap_all(page)); /* the access that brought it in does not count */
    assert_true(page->flags & PAGE_IS_DIRTY);
    assert_int_equal(mapping_count(page), 0);
    assert_int_equal(fake_entry(program->space.task, address_of(3)), 0);

    page->flags &= (uint8_t) ~(PAGE_IS_DIRTY | PAGE_NEW);
    program_access(program, 3, false);
    page_write_protect_all(page);
    assert_false(fake_touch(program->space.task, address_of(3), true));
    assert_true(page_unmap_all(page));
    assert_int_equal(page->flags & PAGE_IS_DIRTY, 0);
    world_end();
}

static void page_tables_are_seen_supplied_and_given_back(void **state)
{
    (void)state;
    world_begin(32 * MEGABYTE, 0);
    struct program *program = program_begin(group_by_id(0));
    uint64_t tables[3];
    assert_true(page_table_supply(&program->space, address_of(0), tables));
    assert_true(tables[0] && tables[1] && tables[2]);
    page_table_reclaimed(tables[0]);
    page_table_reclaimed(tables[1]);
    page_table_reclaimed(tables[2]);
    /* Until the stock of the boot blocks is used up, and hidden frames serve as tables too. */
    for (uint64_t i = 0; i < WORLD_PAGES; i += 8)
        program_access(program, i, i % 16 == 0);
    for (uint64_t i = 0; i < WORLD_PAGES; i++) {
        uint64_t entry = page_table_entry(&program->space, address_of(i));
        assert_int_equal(entry, fake_entry(program->space.task, address_of(i)));
        assert_int_equal(entry != 0, i % 8 == 0);
    }
    uint64_t address = 0, found = 0;
    while (page_table_next(&program->space, &address, USER_ADDRESS_LIMIT) != 0) {
        found++;
        address += PAGE_SIZE;
    }
    assert_int_equal(found, WORLD_PAGES / 8);
    assert_int_equal(program->space.tables.length, 2 + WORLD_PAGES / 512);

    /* A batch of unmaps gives the emptied tables back. */
    struct operation_batch *batch = operation_batch_begin(BATCH_UNMAP);
    for (uint64_t i = 0; i < WORLD_PAGES; i += 8) {
        mapping_remove(program->pages[i].page, &program->space, address_of(i));
        operation_batch_add(batch, &program->space, address_of(i), 0, program->pages[i].page);
    }
    operation_batch_submit(batch);
    assert_int_equal(program->space.tables.length, 0);
    world_end();
}

static void map_batches_bring_their_tables(void **state)
{
    (void)state;
    world_begin(32 * MEGABYTE, 0);
    struct program *program = program_begin(group_by_id(0));
    struct program *other = program_begin(group_by_id(0));
    program_access(program, 0, false);
    struct page *page = program->pages[0].page;
    uint64_t stock = donation_available();
    struct operation_batch *batch = operation_batch_begin(BATCH_MAP);
    for (uint64_t i = 0; i < 40; i++)
        operation_batch_add(batch, i % 2 ? &program->space : &other->space, address_of(512 * i + 7),
                            page_physical(page) | PAGE_PRESENT, page);
    operation_batch_submit(batch);
    for (uint64_t i = 0; i < 40; i++) {
        struct program *in = i % 2 ? program : other;
        assert_int_equal(fake_entry(in->space.task, address_of(512 * i + 7)) & PAGE_FRAME_MASK,
                         page_physical(page));
        assert_true(mapping_add(page, &in->space, address_of(512 * i + 7)));
    }
    assert_int_equal(stock - donation_available(),
                     program->space.tables.length + other->space.tables.length - 3);
    world_end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_agree_after_boot),
        cmocka_unit_test(module_frames_are_wired_until_they_are_freed),
        cmocka_unit_test(wired_runs_are_contiguous_aligned_and_zeroed),
        cmocka_unit_test(donations_never_lie_under_a_writable_window),
        cmocka_unit_test(a_shared_window_follows_splits),
        cmocka_unit_test(slabs_give_zeroed_objects_and_all_frames_back),
        cmocka_unit_test(slabs_say_when_memory_is_gone),
        cmocka_unit_test(the_reverse_map_holds_any_number_of_mappings),
        cmocka_unit_test(unmapping_folds_dirty_and_reports_accessed),
        cmocka_unit_test(page_tables_are_seen_supplied_and_given_back),
        cmocka_unit_test(map_batches_bring_their_tables),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
