/*
 * Attacks on large pages: mapping them over what they may not reach, and splitting them into what
 * their small pages may not be.
 */
#include "hostile.h"

#define OWN BOOT_HANDLE_TASK
#define READ PAGE_PRESENT
#define READ_WRITE (PAGE_PRESENT | PAGE_WRITE)
#define LARGE_FRAMES (LARGE_PAGE_SIZE / PAGE_SIZE)
#define LARGE_ADDRESS 0x0000630000000000ull

/* With `table` as the spare frame, 0: none. */
static int64_t split_page(uint32_t task, uint64_t address, uint64_t table, uint64_t *old)
{
    struct page_operation operation = {.address = address, .page = PAGE_LARGE, .task = task};
    struct page_batch batch = {
        .operations = (uint64_t)&operation,
        .count = 1,
        .authority = BOOT_HANDLE_MEMORY,
        .table_frames = (uint64_t)&table,
        .table_count = table != 0,
    };
    int64_t error = sys_map(&batch);
    if (error != KERNEL_OK)
        return error;
    EXPECT(batch.table_count, table != 0 && operation.status != KERNEL_OK);
    if (old != NULL)
        *old = operation.page;
    return operation.status;
}

/* At an address of its own, because the empty table of a split page stays. */
static uint64_t map_block(uint64_t block, uint64_t rights)
{
    static uint64_t next = LARGE_ADDRESS;
    next += 2 * LARGE_PAGE_SIZE;
    EXPECT(map_page_and_tables(OWN, next, block | rights | PAGE_LARGE), KERNEL_OK);
    return next;
}

static bool is_free_for_objects(uint64_t frame)
{
    int64_t endpoint = create(OBJECT_ENDPOINT, 0, 0, frame, 0, 0, 0);
    if (endpoint > 0)
        EXPECT(destroy((uint32_t)endpoint), KERNEL_OK);
    else
        EXPECT(endpoint, ERROR_FRAME);
    return endpoint > 0;
}

static void unmap_small_pages(uint64_t address, uint64_t block, uint64_t bits)
{
    for (unsigned i = 0; i < LARGE_FRAMES; i++) {
        uint64_t old;
        EXPECT(unmap_page(OWN, address + i * PAGE_SIZE, &old), KERNEL_OK);
        EXPECT(old, (block + i * PAGE_SIZE) | bits);
    }
}

static void a_split_keeps_rights_history_and_contents(void)
{
    uint64_t block = take_block(), old;
    uint64_t at = map_block(block, READ_WRITE);
    volatile uint64_t *words = (volatile uint64_t *)at;
    for (unsigned i = 0; i < LARGE_FRAMES; i++)
        words[i * PAGE_SIZE / 8] = i + 1;
    EXPECT(split_page(OWN, at, take_frame(), &old), KERNEL_OK);
    EXPECT(old, block | READ_WRITE | PAGE_LARGE | PAGE_ACCESSED | PAGE_DIRTY);
    for (unsigned i = 0; i < LARGE_FRAMES; i++)
        EXPECT(words[i * PAGE_SIZE / 8], i + 1);
    unmap_small_pages(at, block, READ_WRITE | PAGE_ACCESSED | PAGE_DIRTY);

    at = map_block(block, READ);
    words = (volatile uint64_t *)at;
    EXPECT(split_page(OWN, at, take_frame(), &old), KERNEL_OK);
    EXPECT(old, block | READ | PAGE_LARGE);
    EXPECT(words[0], 1); /* one page is looked at, the others are not */
    EXPECT(unmap_page(OWN, at, &old), KERNEL_OK);
    EXPECT(old, block | READ | PAGE_ACCESSED);
    EXPECT(unmap_page(OWN, at + PAGE_SIZE, &old), KERNEL_OK);
    EXPECT(old, (block + PAGE_SIZE) | READ);
    for (unsigned i = 2; i < LARGE_FRAMES; i++)
        EXPECT(unmap_page(OWN, at + i * PAGE_SIZE, NULL), KERNEL_OK);
}

/* The processor forgets the large translation: what is taken from one small page is gone. */
static void a_split_page_changes_alone(void)
{
    uint64_t block = take_block(), old;
    uint64_t at = map_block(block, READ_WRITE);
    volatile uint64_t *words = (volatile uint64_t *)at;
    words[0] = 1;
    EXPECT(split_page(OWN, at, take_frame(), NULL), KERNEL_OK);
    EXPECT(protect_page(OWN, at, PAGE_DIRTY | PAGE_ACCESSED, NULL), KERNEL_OK);
    words[PAGE_SIZE / 8] = 2;
    EXPECT(protect_page(OWN, at, PAGE_DIRTY | PAGE_ACCESSED, &old), KERNEL_OK);
    EXPECT(old, block | READ_WRITE);
    words[0] = 3;
    EXPECT(protect_page(OWN, at, PAGE_WRITE, &old), KERNEL_OK);
    EXPECT(old, block | READ_WRITE | PAGE_DIRTY | PAGE_ACCESSED);
    for (unsigned i = 0; i < LARGE_FRAMES; i++)
        EXPECT(unmap_page(OWN, at + i * PAGE_SIZE, NULL), KERNEL_OK);
}

static void a_split_counts_every_frame_and_the_block_no_more(void)
{
    uint64_t block = take_block();
    uint64_t at = map_block(block, READ_WRITE);
    EXPECT(is_free_for_objects(block + 7 * PAGE_SIZE), false);
    EXPECT(split_page(OWN, at, take_frame(), NULL), KERNEL_OK);
    EXPECT(is_free_for_objects(block + 7 * PAGE_SIZE), false);
    EXPECT(unmap_page(OWN, at + 7 * PAGE_SIZE, NULL), KERNEL_OK);
    EXPECT(is_free_for_objects(block + 7 * PAGE_SIZE), true);
    EXPECT(is_free_for_objects(block + 8 * PAGE_SIZE), false);

    /* Another mapping of the block still counts. */
    EXPECT(map_page_and_tables(OWN, at + LARGE_PAGE_SIZE, block | READ_WRITE | PAGE_LARGE),
           KERNEL_OK);
    EXPECT(is_free_for_objects(block + 7 * PAGE_SIZE), false);
    EXPECT(unmap_page(OWN, at + LARGE_PAGE_SIZE, NULL), KERNEL_OK);
    EXPECT(is_free_for_objects(block + 7 * PAGE_SIZE), true);
    for (unsigned i = 0; i < LARGE_FRAMES; i++)
        EXPECT(unmap_page(OWN, at + i * PAGE_SIZE, NULL), i == 7 ? ERROR_NOT_MAPPED : KERNEL_OK);
    EXPECT(is_free_for_objects(block + 8 * PAGE_SIZE), true);
}

static void only_a_large_page_is_split_and_only_at_its_start(void)
{
    uint64_t table = take_frame(), block = take_block();
    map_scratch(0, take_frame());
    EXPECT(split_page(OWN, SCRATCH_ADDRESS, table, NULL), ERROR_NOT_MAPPED); /* small pages */
    unmap_scratch(0);
    uint64_t at = map_block(block, READ_WRITE);
    EXPECT(split_page(OWN, at + PAGE_SIZE, table, NULL), ERROR_ARGUMENT);
    EXPECT(split_page(OWN, at + 1, table, NULL), ERROR_ARGUMENT);
    EXPECT(split_page(OWN, at + LARGE_PAGE_SIZE, table, NULL), ERROR_NOT_MAPPED);
    EXPECT(split_page(OWN, FRESH_ADDRESS, table, NULL), ERROR_NOT_MAPPED); /* no tables */
    EXPECT(split_page(OWN, USER_ADDRESS_LIMIT, table, NULL), ERROR_ARGUMENT);
    EXPECT(split_page(OWN, 0xffff800000000000ull, table, NULL), ERROR_ARGUMENT);
    EXPECT(split_page(9999, at, table, NULL), ERROR_BAD_HANDLE);
    EXPECT(split_page(OWN, at, 0, NULL), ERROR_NO_TABLE);
    EXPECT(unmap_page(OWN, at, NULL), KERNEL_OK);
    EXPECT(split_page(OWN, at, table, NULL), ERROR_NOT_MAPPED);
    EXPECT(is_free_for_objects(table), true);
}

static void a_table_for_a_split_is_a_frame_like_any_other(void)
{
    uint64_t block = take_block(), used = take_frame();
    int64_t no_donations = sys_handle_copy(BOOT_HANDLE_MEMORY, 0, RIGHT_ALL & ~RIGHT_DONATE, 0, 0);
    uint64_t at = map_block(block, READ);
    map_scratch(0, used);
    EXPECT(split_page(OWN, at, used, NULL), ERROR_FRAME);
    EXPECT(split_page(OWN, at, used + 1, NULL), ERROR_ARGUMENT);
    EXPECT(split_page(OWN, at, boot->page_table_root, NULL), ERROR_FRAME);
    /* It would be a page of its own table. */
    EXPECT(split_page(OWN, at, block + 3 * PAGE_SIZE, NULL), ERROR_FRAME);

    uint64_t table = take_frame();
    struct page_operation operation = {.address = at, .page = PAGE_LARGE, .task = OWN};
    struct page_batch batch = {
        .operations = (uint64_t)&operation,
        .count = 1,
        .authority = (uint32_t)no_donations,
        .table_frames = (uint64_t)&table,
        .table_count = 1,
    };
    EXPECT(sys_map(&batch), ERROR_RIGHTS);
    EXPECT(sys_handle_close((uint32_t)no_donations), KERNEL_OK);
    unmap_scratch(0);
    EXPECT(unmap_page(OWN, at, NULL), KERNEL_OK);
}

/* What lies under a read-only large page may be anything; a small page of it may not. */
static void a_block_with_kernel_objects_is_not_split(void)
{
    uint64_t block = take_block(), table = take_frame();
    int64_t endpoint = create(OBJECT_ENDPOINT, 0, 0, block + 511 * PAGE_SIZE, 0, 0, 0);
    uint64_t at = map_block(block, READ);
    EXPECT(split_page(OWN, at, table, NULL), ERROR_FRAME);
    EXPECT(unmap_page(OWN, at + PAGE_SIZE, NULL), ERROR_ARGUMENT); /* still large */
    EXPECT(is_free_for_objects(block), true);                      /* nor counted */
    EXPECT(is_free_for_objects(table), true);
    EXPECT(destroy((uint32_t)endpoint), KERNEL_OK);
    EXPECT(split_page(OWN, at, table, NULL), KERNEL_OK);
    unmap_small_pages(at, block, READ);
}

/* A view of page tables stays one: read-only, and not counted. */
static void page_tables_in_a_split_block_stay_read_only(void)
{
    const uint64_t far = FRESH_ADDRESS + (4ull << 40);
    uint64_t block = take_block();
    uint64_t tables[3] = {block, block + PAGE_SIZE, block + 2 * PAGE_SIZE};
    struct page_operation operation = {.address = far, .page = take_frame() | READ, .task = OWN};
    struct page_batch batch = {
        .operations = (uint64_t)&operation,
        .count = 1,
        .authority = BOOT_HANDLE_MEMORY,
        .table_frames = (uint64_t)tables,
        .table_count = 3,
    };
    EXPECT(sys_map(&batch), KERNEL_OK);
    EXPECT(batch.table_count, 0);
    uint64_t at = map_block(block, READ);
    EXPECT(split_page(OWN, at, take_frame(), NULL), KERNEL_OK);
    EXPECT(map_page(OWN, at, block | READ_WRITE), ERROR_FRAME);
    EXPECT(map_page(OWN, at + 3 * PAGE_SIZE, (block + 3 * PAGE_SIZE) | READ_WRITE), KERNEL_OK);

    batch.flags = PAGE_BATCH_RECLAIM_TABLES;
    batch.table_count = 0;
    EXPECT(sys_unmap(&batch), KERNEL_OK);
    EXPECT(batch.table_count, 3);
    EXPECT(is_free_for_objects(block), true); /* the view of it was not counted */
    for (unsigned i = 0; i < LARGE_FRAMES; i++)
        EXPECT(unmap_page(OWN, at + i * PAGE_SIZE, NULL), KERNEL_OK);
    EXPECT(is_free_for_objects(block + 3 * PAGE_SIZE), true);
}

static void large_pages_in_a_program_are_counted_split_and_destroyed(void)
{
    struct child child;
    uint64_t first = take_block(), second = take_block();
    child_make(&child);
    EXPECT(map_page_and_tables(child.task, WINDOW_ADDRESS, first | READ_WRITE | PAGE_LARGE),
           KERNEL_OK);
    EXPECT(map_page_and_tables(child.task, WINDOW_ADDRESS + LARGE_PAGE_SIZE,
                               second | READ_WRITE | PAGE_LARGE),
           KERNEL_OK);
    EXPECT(map_page(child.task, WINDOW_ADDRESS, first | READ_WRITE), ERROR_OCCUPIED);
    EXPECT(split_page(child.task, WINDOW_ADDRESS, take_frame(), NULL), KERNEL_OK);
    EXPECT(map_page(child.task, WINDOW_ADDRESS, first | READ | PAGE_LARGE), ERROR_OCCUPIED);
    EXPECT(is_free_for_objects(first), false);
    EXPECT(is_free_for_objects(second), false);
    child_end(&child);
    EXPECT(is_free_for_objects(first), true);
    EXPECT(is_free_for_objects(second), true);
}

/* Tables above a large page go with the last of them, as above small pages. */
static void tables_above_large_pages_are_reclaimed(void)
{
    const uint64_t far = FRESH_ADDRESS + (5ull << 40);
    uint64_t tables[3] = {take_frame(), take_frame(), take_frame()};
    struct page_operation operations[2] = {
        {.address = far, .page = take_block() | READ_WRITE | PAGE_LARGE, .task = OWN},
        {.address = far + LARGE_PAGE_SIZE, .page = take_block() | READ | PAGE_LARGE, .task = OWN}};
    struct page_batch batch = {
        .operations = (uint64_t)operations,
        .count = 2,
        .authority = BOOT_HANDLE_MEMORY,
        .table_frames = (uint64_t)tables,
        .table_count = 3,
    };
    EXPECT(sys_map(&batch), KERNEL_OK);
    EXPECT(operations[0].status | operations[1].status, KERNEL_OK);
    EXPECT(batch.table_count, 1);
    batch.flags = PAGE_BATCH_RECLAIM_TABLES;
    batch.table_count = 0;
    batch.count = 1;
    EXPECT(sys_unmap(&batch), KERNEL_OK);
    EXPECT(batch.table_count, 0);
    operations[0].address += LARGE_PAGE_SIZE;
    EXPECT(sys_unmap(&batch), KERNEL_OK);
    EXPECT(batch.table_count, 2);
    EXPECT(is_free_for_objects(tables[0]) && is_free_for_objects(tables[1]), true);
}

const struct hostile_test large_page_tests[] = {
    {"a split keeps rights, history and contents", a_split_keeps_rights_history_and_contents},
    {"a split page changes alone", a_split_page_changes_alone},
    {"a split counts every frame, and the block no more",
     a_split_counts_every_frame_and_the_block_no_more},
    {"only a large page is split, and only at its start",
     only_a_large_page_is_split_and_only_at_its_start},
    {"a table for a split is a frame like any other",
     a_table_for_a_split_is_a_frame_like_any_other},
    {"a block with kernel objects is not split", a_block_with_kernel_objects_is_not_split},
    {"page tables in a split block stay read-only", page_tables_in_a_split_block_stay_read_only},
    {"large pages in a program are counted, split and destroyed",
     large_pages_in_a_program_are_counted_split_and_destroyed},
    {"tables above large pages are reclaimed", tables_above_large_pages_are_reclaimed},
    {NULL, NULL},
};
