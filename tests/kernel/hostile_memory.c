/*
 * Attacks on the frame table: every way to reach a page table or a kernel object writably.
 */
#include "hostile.h"

#define OWN BOOT_HANDLE_TASK
#define READ PAGE_PRESENT
#define READ_WRITE (PAGE_PRESENT | PAGE_WRITE)

/* A frame that is a page table now, and an address whose leaf table it is. */
static uint64_t make_table(uint64_t *address)
{
    static uint64_t next = FRESH_ADDRESS + (1ull << 40);
    uint64_t tables[3] = {take_frame(), take_frame(), take_frame()};
    struct page_operation operation = {.address = next, .page = take_frame() | READ, .task = OWN};
    struct page_batch batch = {
        .operations = (uint64_t)&operation,
        .count = 1,
        .authority = BOOT_HANDLE_MEMORY,
        .table_frames = (uint64_t)tables,
        .table_count = 3,
    };
    EXPECT(sys_map(&batch), KERNEL_OK);
    EXPECT(operation.status, KERNEL_OK);
    *address = next;
    next += LARGE_PAGE_SIZE;
    return tables[batch.table_count]; /* frames are taken from the end */
}

static void page_tables_are_never_writable(void)
{
    uint64_t user_address;
    uint64_t table = make_table(&user_address);
    map_scratch(0, take_frame());
    EXPECT(map_page(OWN, SCRATCH_ADDRESS + PAGE_SIZE, table | READ_WRITE), ERROR_FRAME);
    EXPECT(map_page(OWN, SCRATCH_ADDRESS + PAGE_SIZE, boot->page_table_root | READ_WRITE),
           ERROR_FRAME);
    EXPECT(map_page(OWN, SCRATCH_ADDRESS + PAGE_SIZE, table | READ), KERNEL_OK);
    EXPECT(map_page(OWN, SCRATCH_ADDRESS + PAGE_SIZE, table | READ_WRITE), ERROR_FRAME);
    EXPECT(unmap_page(OWN, SCRATCH_ADDRESS + PAGE_SIZE, NULL), KERNEL_OK);
    unmap_scratch(0);
}

/* The view outlives the table: its frame's mapping count must not suffer. */
static void a_view_of_a_dead_table_does_no_harm(void)
{
    uint64_t address, frame_of_table, reclaimed[3];
    frame_of_table = make_table(&address);
    map_scratch(0, take_frame());
    EXPECT(map_page(OWN, SCRATCH_ADDRESS + PAGE_SIZE, frame_of_table | READ), KERNEL_OK);

    struct page_operation operation = {.address = address, .task = OWN};
    struct page_batch batch = {
        .operations = (uint64_t)&operation,
        .count = 1,
        .table_frames = (uint64_t)reclaimed,
        .flags = PAGE_BATCH_RECLAIM_TABLES,
    };
    EXPECT(sys_unmap(&batch), KERNEL_OK);
    EXPECT(batch.table_count >= 1, true);
    EXPECT(reclaimed[0], frame_of_table);

    /* It is a user frame now: mapped once, counted once. */
    EXPECT(map_page(OWN, SCRATCH_ADDRESS + 2 * PAGE_SIZE, frame_of_table | READ_WRITE), KERNEL_OK);
    EXPECT(unmap_page(OWN, SCRATCH_ADDRESS + PAGE_SIZE, NULL), KERNEL_OK);
    EXPECT(create(OBJECT_ENDPOINT, 0, 0, frame_of_table, 0, 0, 0), ERROR_FRAME);
    EXPECT(unmap_page(OWN, SCRATCH_ADDRESS + 2 * PAGE_SIZE, NULL), KERNEL_OK);
    unmap_scratch(0);
}

static void kernel_objects_are_never_mapped(void)
{
    uint64_t slab = take_frame();
    int64_t endpoint = create(OBJECT_ENDPOINT, 0, 0, slab, 0, 0, 7);
    map_scratch(0, take_frame());
    EXPECT(endpoint > 0, true);
    EXPECT(map_page(OWN, SCRATCH_ADDRESS + PAGE_SIZE, slab | READ_WRITE), ERROR_FRAME);
    EXPECT(map_page(OWN, SCRATCH_ADDRESS + PAGE_SIZE, slab | READ), ERROR_FRAME);
    EXPECT(destroy((uint32_t)endpoint), KERNEL_OK);
    EXPECT(map_page(OWN, SCRATCH_ADDRESS + PAGE_SIZE, slab | READ_WRITE), KERNEL_OK);
    unmap_scratch(1);
    unmap_scratch(0);
}

static void mapped_frames_are_not_donated(void)
{
    uint64_t frame = take_frame();
    map_scratch(0, frame);
    EXPECT(create(OBJECT_ENDPOINT, 0, 0, frame, 0, 0, 0), ERROR_FRAME);
    EXPECT(create(OBJECT_THREAD, OWN, 0, frame, 0, 0, 0), ERROR_FRAME);
    EXPECT(create(OBJECT_TASK, 0, 0, take_frame(), frame, take_frame(), 0), ERROR_FRAME);
    EXPECT(sys_handle_grow(OWN, BOOT_HANDLE_MEMORY, frame), ERROR_FRAME);

    struct page_operation operation = {
        .address = FRESH_ADDRESS, .page = take_frame() | READ, .task = OWN};
    struct page_batch batch = {
        .operations = (uint64_t)&operation,
        .count = 1,
        .authority = BOOT_HANDLE_MEMORY,
        .table_frames = (uint64_t)&frame,
        .table_count = 1,
    };
    EXPECT(sys_map(&batch), KERNEL_OK);
    EXPECT(operation.status, ERROR_FRAME);
    EXPECT(batch.table_count, 1);
    unmap_scratch(0);
}

/* A batch may not use one frame both for a page and for the table above it. */
static void a_frame_is_not_page_and_table_at_once(void)
{
    uint64_t frame = take_frame();
    uint64_t tables[3] = {frame, frame, frame};
    struct page_operation operation = {
        .address = FRESH_ADDRESS, .page = take_frame() | READ, .task = OWN};
    struct page_batch batch = {
        .operations = (uint64_t)&operation,
        .count = 1,
        .authority = BOOT_HANDLE_MEMORY,
        .table_frames = (uint64_t)tables,
        .table_count = 3,
    };
    EXPECT(sys_map(&batch), KERNEL_OK);
    EXPECT(operation.status, ERROR_FRAME);

    uint64_t again = take_frame();
    EXPECT(create(OBJECT_TASK, 0, 0, again, again, take_frame(), 0), ERROR_ARGUMENT);
    EXPECT(create(OBJECT_TASK, 0, 0, again, take_frame(), again, 0), ERROR_ARGUMENT);
}

static int64_t map_window(uint64_t address, uint64_t block, uint64_t rights)
{
    return map_page_and_tables(OWN, address, block | rights | PAGE_LARGE);
}

static void frames_under_a_writable_window_are_not_donated(void)
{
    uint64_t block = take_block();
    EXPECT(map_window(WINDOW_ADDRESS, block, READ_WRITE), KERNEL_OK);
    *(volatile uint64_t *)(WINDOW_ADDRESS + 8 * PAGE_SIZE) = 1;
    EXPECT(create(OBJECT_ENDPOINT, 0, 0, block + 8 * PAGE_SIZE, 0, 0, 0), ERROR_FRAME);
    EXPECT(sys_handle_grow(OWN, BOOT_HANDLE_MEMORY, block), ERROR_FRAME);

    /* Read-only now: what was refused is allowed. */
    EXPECT(protect_page(OWN, WINDOW_ADDRESS, PAGE_WRITE, NULL), KERNEL_OK);
    int64_t endpoint = create(OBJECT_ENDPOINT, 0, 0, block + 8 * PAGE_SIZE, 0, 0, 0);
    EXPECT(endpoint > 0, true);
    EXPECT(map_window(WINDOW_ADDRESS, block, READ_WRITE), ERROR_FRAME);
    EXPECT(destroy((uint32_t)endpoint), KERNEL_OK);
    EXPECT(map_window(WINDOW_ADDRESS, block, READ_WRITE), KERNEL_OK);
    EXPECT(unmap_page(OWN, WINDOW_ADDRESS, NULL), KERNEL_OK);
}

static void windows_over_kernel_frames_are_read_only(void)
{
    uint64_t block = take_block();
    int64_t endpoint = create(OBJECT_ENDPOINT, 0, 0, block + PAGE_SIZE, 0, 0, 0);
    EXPECT(map_window(WINDOW_ADDRESS, block, READ_WRITE), ERROR_FRAME);
    EXPECT(map_window(WINDOW_ADDRESS, block, READ), KERNEL_OK);
    EXPECT(map_window(WINDOW_ADDRESS, boot->page_table_root & ~(LARGE_PAGE_SIZE - 1), READ),
           ERROR_OCCUPIED);
    EXPECT(unmap_page(OWN, WINDOW_ADDRESS + PAGE_SIZE, NULL), ERROR_ARGUMENT);
    EXPECT(unmap_page(OWN, WINDOW_ADDRESS, NULL), KERNEL_OK);
    EXPECT(map_window(WINDOW_ADDRESS, boot->page_table_root & ~(LARGE_PAGE_SIZE - 1), READ_WRITE),
           ERROR_FRAME);
    EXPECT(destroy((uint32_t)endpoint), KERNEL_OK);
}

static void windows_count_in_every_task_and_are_aligned(void)
{
    struct child child;
    child_make(&child);
    uint64_t block = take_block();
    EXPECT(map_page_and_tables(child.task, WINDOW_ADDRESS, block | READ_WRITE | PAGE_LARGE),
           KERNEL_OK);
    EXPECT(create(OBJECT_ENDPOINT, 0, 0, block + PAGE_SIZE, 0, 0, 0), ERROR_FRAME);
    EXPECT(map_page(OWN, WINDOW_ADDRESS + PAGE_SIZE, block | READ | PAGE_LARGE), ERROR_ARGUMENT);
    EXPECT(map_page(OWN, WINDOW_ADDRESS, (block + PAGE_SIZE) | READ | PAGE_LARGE), ERROR_ARGUMENT);
    child_end(&child);
    /* The window went with its task. */
    int64_t endpoint = create(OBJECT_ENDPOINT, 0, 0, block + PAGE_SIZE, 0, 0, 0);
    EXPECT(endpoint > 0, true);
    EXPECT(destroy((uint32_t)endpoint), KERNEL_OK);
}

/* Operations that straddle two pages whose frames do not follow each other. */
static void a_batch_in_scattered_pages_is_done_where_it_lies(void)
{
    enum { COUNT = 12 };
    const uint64_t area = SCRATCH_ADDRESS + 16 * PAGE_SIZE;
    uint64_t second = take_frame(), first = take_frame(), mapped = take_frame();
    char *pages = map_scratch(0, first);
    map_scratch(1, second);
    struct page_operation *operations =
        (struct page_operation *)(pages + PAGE_SIZE - 5 * sizeof(struct page_operation) - 8);
    struct page_batch batch = {
        .operations = (uint64_t)operations, .count = COUNT, .authority = BOOT_HANDLE_MEMORY};
    for (unsigned i = 0; i < COUNT; i++)
        operations[i] = (struct page_operation){
            .address = area + i * PAGE_SIZE, .page = mapped | READ_WRITE, .task = OWN};
    EXPECT(sys_map(&batch), KERNEL_OK);
    for (unsigned i = 0; i < COUNT; i++)
        EXPECT(operations[i].status, KERNEL_OK);
    *(volatile uint64_t *)(area + (COUNT - 1) * PAGE_SIZE) = 77;
    EXPECT(*(volatile uint64_t *)(area + 5 * PAGE_SIZE), 77);
    EXPECT(sys_unmap(&batch), KERNEL_OK);
    for (unsigned i = 0; i < COUNT; i++)
        EXPECT(operations[i].page & PAGE_FRAME_MASK, mapped);

    /* A frame that holds it does not become a table. */
    uint64_t table = first;
    batch.table_frames = (uint64_t)&table;
    batch.table_count = 1;
    for (unsigned i = 0; i < COUNT; i++)
        operations[i] =
            (struct page_operation){.address = 0x7e0000000000, .page = mapped | READ, .task = OWN};
    EXPECT(sys_map(&batch), KERNEL_OK);
    EXPECT(operations[0].status, ERROR_FRAME);
    EXPECT(operations[COUNT - 1].status, ERROR_FRAME);
    unmap_scratch(0);
    unmap_scratch(1);
}

static void bad_addresses_and_descriptors_are_refused(void)
{
    uint64_t page = take_frame() | READ;
    EXPECT(map_page(OWN, USER_ADDRESS_LIMIT, page), ERROR_ARGUMENT);
    EXPECT(map_page(OWN, USER_ADDRESS_LIMIT & ~(LARGE_PAGE_SIZE - 1),
                    take_block() | READ | PAGE_LARGE),
           ERROR_ARGUMENT);
    EXPECT(map_page(OWN, 0xffff800000000000ull, page), ERROR_ARGUMENT);
    EXPECT(map_page(OWN, 0xffffffff80000000ull, page), ERROR_ARGUMENT);
    EXPECT(map_page(OWN, SCRATCH_ADDRESS + 1, page), ERROR_ARGUMENT);
    EXPECT(map_page(OWN, SCRATCH_ADDRESS, page & ~PAGE_PRESENT), ERROR_ARGUMENT);
    EXPECT(map_page(OWN, SCRATCH_ADDRESS, page | 1ull << 63), ERROR_ARGUMENT);
    EXPECT(map_page(OWN, SCRATCH_ADDRESS, page | 1ull << 9), ERROR_ARGUMENT);
    EXPECT(map_page(OWN, SCRATCH_ADDRESS, PAGE_FRAME_MASK | READ), ERROR_FRAME);
    /* The interrupt controllers would let a caller send itself to the kernel. */
    EXPECT(map_page(OWN, SCRATCH_ADDRESS, 0xfee00000ull | READ_WRITE), ERROR_FRAME);
    EXPECT(map_page(OWN, SCRATCH_ADDRESS, 0xfec00000ull | READ_WRITE), ERROR_FRAME);
    EXPECT(unmap_page(OWN, 0xffff800000000000ull, NULL), ERROR_ARGUMENT);
    EXPECT(protect_page(OWN, USER_ADDRESS_LIMIT, PAGE_WRITE, NULL), ERROR_ARGUMENT);
    map_scratch(0, take_frame());
    EXPECT(protect_page(OWN, SCRATCH_ADDRESS, PAGE_PRESENT, NULL), ERROR_ARGUMENT);
    EXPECT(map_page(OWN, SCRATCH_ADDRESS, page), ERROR_OCCUPIED);
    unmap_scratch(0);
    EXPECT(unmap_page(OWN, SCRATCH_ADDRESS, NULL), ERROR_NOT_MAPPED);
    EXPECT(map_page(OWN, FRESH_ADDRESS, page), ERROR_NO_TABLE);
}

static void bad_batches_are_refused(void)
{
    static const struct page_operation read_only[1] = {{.address = SCRATCH_ADDRESS, .task = OWN}};
    struct page_operation operation = {.address = SCRATCH_ADDRESS, .task = OWN};
    struct page_batch batch = {.operations = (uint64_t)&operation, .count = 1};
    EXPECT(sys_map(&batch), ERROR_BAD_HANDLE); /* no authority */
    batch.authority = BOOT_HANDLE_PORTS;
    EXPECT(sys_map(&batch), ERROR_TYPE);
    batch.authority = BOOT_HANDLE_MEMORY;
    batch.count = PAGE_BATCH_MAX + 1;
    EXPECT(sys_map(&batch), ERROR_ARGUMENT);
    batch.count = UINT32_MAX;
    EXPECT(sys_unmap(&batch), ERROR_ARGUMENT);
    batch.count = 1;
    batch.flags = 0x80000000;
    EXPECT(sys_unmap(&batch), ERROR_ARGUMENT);
    batch.flags = 0;

    const uint64_t bad[] = {0,
                            8,
                            SCRATCH_ADDRESS + 0x100000,
                            USER_ADDRESS_LIMIT - 8,
                            USER_ADDRESS_LIMIT,
                            0x8000000000000000ull,
                            0xffff800000000000ull,
                            0xffffffff80100000ull,
                            UINT64_MAX - 7};
    for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        batch.operations = bad[i];
        EXPECT(sys_protect(&batch), ERROR_ADDRESS);
        EXPECT(sys_map((struct page_batch *)bad[i]), ERROR_ADDRESS);
        EXPECT(sys_object_create((struct object_create *)bad[i]), ERROR_ADDRESS);
        EXPECT(sys_thread(0, THREAD_GET_REGISTERS, bad[i], 0), ERROR_ADDRESS);
    }
    batch.operations = (uint64_t)read_only;
    EXPECT(sys_unmap(&batch), ERROR_ADDRESS); /* no place for the results */
}

/* Operations that look like whatever the kernel remembers of an earlier one, or of none. */
static void strange_operations_are_refused_first_and_later(void)
{
    const uint64_t addresses[] = {0, 1, LARGE_PAGE_SIZE, SCRATCH_ADDRESS + 1, UINT64_MAX};
    const uint32_t tasks[] = {0, OWN, UINT32_MAX};
    map_scratch(0, take_frame());
    for (unsigned i = 0; i < 15; i++) {
        struct page_operation strange = {.address = addresses[i % 5], .task = tasks[i / 5]};
        struct page_operation good = {.address = SCRATCH_ADDRESS, .task = OWN};
        struct page_operation operations[4] = {strange, good, strange, good};
        struct page_batch batch = {.operations = (uint64_t)operations, .count = 4};
        EXPECT(sys_protect(&batch), KERNEL_OK);
        EXPECT(operations[0].status < 0 && operations[2].status < 0, true);
        EXPECT(operations[1].status, KERNEL_OK);
        EXPECT(operations[3].status, KERNEL_OK);
    }
    unmap_scratch(0);
}

/* The kernel may not write results to a page that the batch itself took away. */
static void a_batch_may_unmap_its_own_operations(void)
{
    struct page_operation *operations = map_scratch(0, take_frame());
    operations[0] = (struct page_operation){.address = SCRATCH_ADDRESS, .task = OWN};
    struct page_batch batch = {.operations = (uint64_t)operations, .count = 1};
    EXPECT(sys_unmap(&batch), ERROR_ADDRESS);
    EXPECT(unmap_page(OWN, SCRATCH_ADDRESS, NULL), ERROR_NOT_MAPPED);
}

static void old_bits_come_back_exactly(void)
{
    uint64_t frame = take_frame(), old;
    volatile uint64_t *word = map_scratch(0, frame);
    *word = 1;
    EXPECT(protect_page(OWN, SCRATCH_ADDRESS, PAGE_ACCESSED | PAGE_DIRTY, &old), KERNEL_OK);
    EXPECT(old, frame | READ_WRITE | PAGE_ACCESSED | PAGE_DIRTY);
    EXPECT(*word, 1); /* sets Accessed again: the clear was flushed */
    EXPECT(protect_page(OWN, SCRATCH_ADDRESS, PAGE_WRITE, &old), KERNEL_OK);
    EXPECT(old, frame | READ_WRITE | PAGE_ACCESSED);
    EXPECT(unmap_page(OWN, SCRATCH_ADDRESS, &old), KERNEL_OK);
    EXPECT(old, frame | READ | PAGE_ACCESSED);
}

static void spare_tables_come_back(void)
{
    const uint64_t fresh = FRESH_ADDRESS + (2ull << 40); /* failed batches leave tables */
    uint64_t tables[4] = {take_frame(), take_frame(), take_frame(), take_frame()};
    struct page_operation operations[2] = {
        {.address = fresh, .page = take_frame() | READ, .task = OWN},
        {.address = fresh + PAGE_SIZE, .page = take_frame() | READ, .task = OWN}};
    struct page_batch batch = {
        .operations = (uint64_t)operations,
        .count = 2,
        .authority = BOOT_HANDLE_MEMORY,
        .table_frames = (uint64_t)tables,
        .table_count = 4,
    };
    EXPECT(sys_map(&batch), KERNEL_OK);
    EXPECT(operations[0].status | operations[1].status, KERNEL_OK);
    uint32_t left = batch.table_count;
    EXPECT(left, 1);

    batch.table_count = 0;
    batch.flags = PAGE_BATCH_RECLAIM_TABLES;
    EXPECT(sys_unmap(&batch), KERNEL_OK);
    EXPECT(batch.table_count, 3);
    for (uint32_t i = 0; i < batch.table_count; i++)
        EXPECT(map_page(OWN, SCRATCH_ADDRESS + i * PAGE_SIZE, tables[i] | READ_WRITE), KERNEL_OK);
    for (uint32_t i = 0; i < batch.table_count; i++)
        unmap_scratch(i);
}

static void one_bad_entry_does_not_stop_the_batch(void)
{
    map_scratch(0, take_frame());
    map_scratch(2, take_frame());
    struct page_operation operations[4] = {
        {.address = SCRATCH_ADDRESS, .task = OWN},
        {.address = SCRATCH_ADDRESS + PAGE_SIZE, .task = OWN},
        {.address = SCRATCH_ADDRESS, .task = 9999},
        {.address = SCRATCH_ADDRESS + 2 * PAGE_SIZE, .task = OWN},
    };
    struct page_batch batch = {.operations = (uint64_t)operations, .count = 4};
    EXPECT(sys_unmap(&batch), KERNEL_OK);
    EXPECT(operations[0].status, KERNEL_OK);
    EXPECT(operations[1].status, ERROR_NOT_MAPPED);
    EXPECT(operations[2].status, ERROR_BAD_HANDLE);
    EXPECT(operations[3].status, KERNEL_OK);
}

const struct hostile_test memory_tests[] = {
    {"page tables are never writable", page_tables_are_never_writable},
    {"a view of a dead table does no harm", a_view_of_a_dead_table_does_no_harm},
    {"kernel objects are never mapped", kernel_objects_are_never_mapped},
    {"mapped frames are not donated", mapped_frames_are_not_donated},
    {"a frame is not page and table at once", a_frame_is_not_page_and_table_at_once},
    {"frames under a writable window are not donated",
     frames_under_a_writable_window_are_not_donated},
    {"windows over kernel frames are read-only", windows_over_kernel_frames_are_read_only},
    {"windows are of the caller and aligned", windows_count_in_every_task_and_are_aligned},
    {"a batch in scattered pages is done where it lies",
     a_batch_in_scattered_pages_is_done_where_it_lies},
    {"bad addresses and descriptors are refused", bad_addresses_and_descriptors_are_refused},
    {"bad batches are refused", bad_batches_are_refused},
    {"strange operations are refused, first and later",
     strange_operations_are_refused_first_and_later},
    {"a batch may unmap its own operations", a_batch_may_unmap_its_own_operations},
    {"old bits come back exactly", old_bits_come_back_exactly},
    {"spare tables come back", spare_tables_come_back},
    {"one bad entry does not stop the batch", one_bad_entry_does_not_stop_the_batch},
    {NULL, NULL},
};
