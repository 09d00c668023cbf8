/* Page operations: what is counted, what comes back, and how often the TLB is flushed. */
#include "kernel_fake_machine.h"

#define OWN BOOT_HANDLE_TASK
#define BASE 0x100000000000ull

static struct page_operation operations[PAGE_BATCH_MAX];
static uint64_t tables[16];

static struct page_batch batch_of(uint32_t count, uint32_t table_count)
{
    for (uint32_t i = 0; i < table_count; i++)
        tables[i] = fake_take_frame();
    return (struct page_batch){.operations = (uint64_t)operations,
                               .table_frames = (uint64_t)tables,
                               .count = count,
                               .table_count = table_count,
                               .authority = BOOT_HANDLE_MEMORY};
}

static int64_t run(uint64_t number, struct page_batch *batch)
{
    return fake_call(number, (uint64_t)batch, 0, 0, 0, 0, 0);
}

/* `count` pages from `address`, each with a frame of its own. */
static void map_pages(uint64_t address, uint32_t count, uint64_t rights, uint32_t spare)
{
    for (uint32_t i = 0; i < count; i++)
        operations[i] = (struct page_operation){.address = address + i * PAGE_SIZE,
                                                .page = fake_take_frame() | PAGE_PRESENT | rights,
                                                .task = OWN};
    struct page_batch batch = batch_of(count, spare);
    assert_int_equal(run(SYS_MAP, &batch), KERNEL_OK);
    for (uint32_t i = 0; i < count; i++)
        assert_int_equal(operations[i].status, KERNEL_OK);
}

static void unmap_returns_what_map_installed(void **state)
{
    (void)state;
    const uint64_t rights[] = {0,
                               PAGE_WRITE,
                               PAGE_EXECUTE,
                               PAGE_WRITE | PAGE_EXECUTE,
                               PAGE_UNCACHED,
                               PAGE_ACCESSED | PAGE_DIRTY};
    for (unsigned i = 0; i < sizeof(rights) / sizeof(rights[0]); i++) {
        map_pages(BASE, 1, rights[i], 3);
        uint64_t frame = virtual_to_physical(physical_to_virtual(fake.next_frame - 4 * PAGE_SIZE));
        struct page_batch batch = batch_of(1, 0);
        assert_int_equal(run(SYS_UNMAP, &batch), KERNEL_OK);
        assert_int_equal(operations[0].status, KERNEL_OK);
        assert_int_equal(operations[0].page, frame | PAGE_PRESENT | rights[i]);
        assert_int_equal(frame_type_at(frame), FRAME_FREE);
    }
}

static void one_batch_is_one_flush(void **state)
{
    (void)state;
    map_pages(BASE, 200, PAGE_WRITE, 3);
    assert_int_equal(fake.space_flushes, 0); /* nothing was there before */
    struct page_batch batch = batch_of(200, 0);
    for (unsigned i = 0; i < 200; i++)
        operations[i].page = PAGE_ACCESSED | PAGE_DIRTY;
    assert_int_equal(run(SYS_PROTECT, &batch), KERNEL_OK);
    assert_int_equal(fake.space_flushes, 1);
    batch = batch_of(200, 0);
    assert_int_equal(run(SYS_UNMAP, &batch), KERNEL_OK);
    assert_int_equal(fake.space_flushes, 2);
    assert_int_equal(fake.page_flushes, 0);
}

static void spare_tables_are_used_from_the_end(void **state)
{
    (void)state;
    operations[0] = (struct page_operation){
        .address = BASE, .page = fake_take_frame() | PAGE_PRESENT, .task = OWN};
    struct page_batch batch = batch_of(1, 5);
    assert_int_equal(run(SYS_MAP, &batch), KERNEL_OK);
    assert_int_equal(batch.table_count, 2);
    assert_int_equal(frame_type_at(tables[0]), FRAME_FREE);
    assert_int_equal(frame_type_at(tables[1]), FRAME_FREE);
    assert_int_equal(frame_type_at(tables[2]), FRAME_PAGE_TABLE);
    assert_int_equal(frame_type_at(tables[4]), FRAME_PAGE_TABLE);
}

static void empty_tables_are_reclaimed_and_full_ones_kept(void **state)
{
    (void)state;
    map_pages(BASE, 2, 0, 3);
    struct page_batch batch = batch_of(1, 0);
    batch.flags = PAGE_BATCH_RECLAIM_TABLES;
    assert_int_equal(run(SYS_UNMAP, &batch), KERNEL_OK);
    assert_int_equal(batch.table_count, 0);
    operations[0].address = BASE + PAGE_SIZE;
    assert_int_equal(run(SYS_UNMAP, &batch), KERNEL_OK);
    assert_int_equal(batch.table_count, 3);
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(frame_type_at(tables[i]), FRAME_FREE);
    assert_int_equal(frame_at(fake_first_thread()->task->space.root)->count, 0);
}

static void a_frame_may_be_mapped_many_times(void **state)
{
    (void)state;
    map_pages(BASE, 1, 0, 3);
    uint64_t page = operations[0].page; /* 0: nothing was there */
    assert_int_equal(page, 0);
    uint64_t frame = fake_take_frame();
    for (unsigned i = 0; i < 10; i++)
        operations[i] = (struct page_operation){
            .address = BASE + (1 + i) * PAGE_SIZE, .page = frame | PAGE_PRESENT, .task = OWN};
    struct page_batch batch = batch_of(10, 0);
    assert_int_equal(run(SYS_MAP, &batch), KERNEL_OK);
    assert_int_equal(frame_at(frame)->count, 10);
    batch = batch_of(9, 0);
    assert_int_equal(run(SYS_UNMAP, &batch), KERNEL_OK);
    assert_int_equal(frame_type_at(frame), FRAME_USER);
    operations[0] = operations[9];
    batch = batch_of(1, 0);
    assert_int_equal(run(SYS_UNMAP, &batch), KERNEL_OK);
    assert_int_equal(frame_type_at(frame), FRAME_FREE);
}

static void changed_rights_keep_the_history(void **state)
{
    (void)state;
    map_pages(BASE, 1, PAGE_WRITE | PAGE_DIRTY | PAGE_ACCESSED, 3);
    uint64_t frame = fake.next_frame - 4 * PAGE_SIZE;
    operations[0].page = frame | PAGE_PRESENT;
    struct page_batch batch = batch_of(1, 0);
    assert_int_equal(run(SYS_MAP, &batch), KERNEL_OK);
    assert_int_equal(operations[0].page,
                     frame | PAGE_PRESENT | PAGE_WRITE | PAGE_DIRTY | PAGE_ACCESSED);
    batch = batch_of(1, 0);
    assert_int_equal(run(SYS_UNMAP, &batch), KERNEL_OK);
    assert_int_equal(operations[0].page, frame | PAGE_PRESENT | PAGE_DIRTY | PAGE_ACCESSED);
}

static void protect_clears_exactly_what_it_is_asked(void **state)
{
    (void)state;
    const uint64_t all = PAGE_WRITE | PAGE_EXECUTE | PAGE_DIRTY | PAGE_ACCESSED;
    const uint64_t bits[] = {PAGE_WRITE, PAGE_EXECUTE, PAGE_DIRTY, PAGE_ACCESSED};
    for (unsigned clear = 0; clear < 16; clear++) {
        uint64_t mask = 0;
        for (unsigned i = 0; i < 4; i++)
            mask |= clear & 1u << i ? bits[i] : 0;
        map_pages(BASE, 1, all, 3);
        uint64_t frame = fake.next_frame - 4 * PAGE_SIZE;
        operations[0].page = mask;
        struct page_batch batch = batch_of(1, 0);
        assert_int_equal(run(SYS_PROTECT, &batch), KERNEL_OK);
        assert_int_equal(operations[0].page, frame | PAGE_PRESENT | all);
        batch = batch_of(1, 0);
        assert_int_equal(run(SYS_UNMAP, &batch), KERNEL_OK);
        assert_int_equal(operations[0].page, frame | PAGE_PRESENT | (all & ~mask));
    }
}

static void keys_need_a_processor_that_has_them(void **state)
{
    (void)state;
    map_pages(BASE, 1, 0, 3);
    const uint64_t key = 5ull << PAGE_KEY_SHIFT;
    operations[0] = (struct page_operation){
        .address = BASE + PAGE_SIZE, .page = fake_take_frame() | PAGE_PRESENT | key, .task = OWN};
    struct page_operation again = operations[0];
    struct page_batch batch = batch_of(1, 0);
    assert_int_equal(run(SYS_MAP, &batch), KERNEL_OK);
    assert_int_equal(operations[0].status, ERROR_ARGUMENT);
    machine_features.protection_keys = true;
    operations[0] = again;
    run(SYS_MAP, &batch);
    assert_int_equal(operations[0].status, KERNEL_OK);
    run(SYS_UNMAP, &batch);
    assert_int_equal(operations[0].page, again.page);
    machine_features.protection_keys = false;
}

/* 2 MiB of the fake machine's memory, mapped at BASE with `rights`. */
static void map_large_page(uint64_t rights)
{
    uint64_t block = 2 * LARGE_PAGE_SIZE;
    assert_true(fake.next_frame < block);
    operations[0] = (struct page_operation){
        .address = BASE, .page = block | PAGE_PRESENT | PAGE_LARGE | rights, .task = OWN};
    struct page_batch batch = batch_of(1, 3);
    assert_int_equal(run(SYS_MAP, &batch), KERNEL_OK);
    assert_int_equal(operations[0].status, KERNEL_OK);
    assert_int_equal(batch.table_count, 1);
}

static void a_split_is_one_flush_and_keeps_the_bits(void **state)
{
    (void)state;
    const uint64_t rights[] = {0, PAGE_WRITE, PAGE_WRITE | PAGE_EXECUTE | PAGE_ACCESSED,
                               PAGE_WRITE | PAGE_ACCESSED | PAGE_DIRTY};
    for (unsigned i = 0; i < sizeof(rights) / sizeof(rights[0]); i++) {
        const uint64_t block = 2 * LARGE_PAGE_SIZE;
        map_large_page(rights[i]);
        assert_int_equal(frame_type_at(block), FRAME_FREE); /* its block counts */
        unsigned flushes = fake.page_flushes + fake.space_flushes;
        operations[0] = (struct page_operation){.address = BASE, .page = PAGE_LARGE, .task = OWN};
        struct page_batch batch = batch_of(1, 1);
        assert_int_equal(run(SYS_MAP, &batch), KERNEL_OK);
        assert_int_equal(operations[0].status, KERNEL_OK);
        assert_int_equal(operations[0].page, block | PAGE_PRESENT | PAGE_LARGE | rights[i]);
        assert_int_equal(batch.table_count, 0);
        assert_int_equal(fake.page_flushes + fake.space_flushes, flushes + 1);
        assert_int_equal(frame_at(tables[0])->count, PAGE_TABLE_ENTRIES);
        for (unsigned page = 0; page < PAGE_TABLE_ENTRIES; page++) {
            assert_int_equal(frame_at(block + page * PAGE_SIZE)->count, 1);
            operations[page] =
                (struct page_operation){.address = BASE + page * PAGE_SIZE, .task = OWN};
        }
        batch = batch_of(PAGE_TABLE_ENTRIES, 0);
        batch.flags = PAGE_BATCH_RECLAIM_TABLES;
        assert_int_equal(run(SYS_UNMAP, &batch), KERNEL_OK);
        assert_int_equal(batch.table_count, 3);
        for (unsigned page = 0; page < PAGE_TABLE_ENTRIES; page++) {
            assert_int_equal(operations[page].page,
                             (block + page * PAGE_SIZE) | PAGE_PRESENT | rights[i]);
            assert_int_equal(frame_type_at(block + page * PAGE_SIZE), FRAME_FREE);
        }
    }
}

#define CASE(function) cmocka_unit_test_setup_teardown(function, fake_set_up, fake_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(unmap_returns_what_map_installed),
        CASE(one_batch_is_one_flush),
        CASE(spare_tables_are_used_from_the_end),
        CASE(empty_tables_are_reclaimed_and_full_ones_kept),
        CASE(a_frame_may_be_mapped_many_times),
        CASE(changed_rights_keep_the_history),
        CASE(protect_clears_exactly_what_it_is_asked),
        CASE(keys_need_a_processor_that_has_them),
        CASE(a_split_is_one_flush_and_keeps_the_bits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
