/*
 * The block drivers on the machine itself: finds the virtio disks on PCI, opens them, and
 * moves data through the one that is a swap disk (its signature says so; no other disk is
 * ever written) with many requests in flight and an interrupt at the end of each batch.
 */
#include <quire/block_device.h>
#include <quire/boot_information.h>
#include <quire/format.h>
#include <quire/heap.h>
#include <quire/pci.h>
#include <quire/server.h>
#include <quire/system_call.h>
#include <string.h>

#define EXIT_PORT 0xf4
#define SERIAL_PORT 0x3f8
#define SERIAL_LINE_STATUS 0x3fd
#define SERIAL_TRANSMIT_EMPTY 0x20

#define HEAP_ADDRESS 0x0000600000000000ull
#define HEAP_PAGES 1024u
#define DEVICE_ADDRESS 0x0000610000000000ull
#define DEVICE_PAGES_MAX 64u

#define DISKS_MAX 4
#define REQUESTS 128u /* in flight at once */
#define REQUEST_BYTES (2 * PAGE_SIZE)
#define FIRST_SECTOR 64u /* behind the signature's page */
#define DELAY_MICROSECONDS 3000u
#define BIT_DISK 1ull
#define BIT_TIMER 2ull

static const struct boot_information *boot = (const void *)BOOT_INFORMATION_ADDRESS;
static struct heap heap;
static uint64_t next_frame, next_device_address = DEVICE_ADDRESS;
static uint32_t notification;

static struct pci_function found[DISKS_MAX];
static unsigned found_count;

static struct block_request requests[REQUESTS];
static struct block_segment segments[REQUESTS][2];
static uint8_t *pages;
static uint64_t pages_physical;
static unsigned done_count;

/* Straight to the serial port: release kernels have no debug calls. */
static void say(const char *text)
{
    for (; *text != '\0'; text++) {
        while ((sys_port_in(BOOT_HANDLE_PORTS, PORT_IN8, SERIAL_LINE_STATUS) &
                SERIAL_TRANSMIT_EMPTY) == 0)
            ;
        sys_port_out(BOOT_HANDLE_PORTS, PORT_OUT8, SERIAL_PORT, (uint8_t)*text);
    }
}

static _Noreturn void leave(unsigned status)
{
    sys_port_out(BOOT_HANDLE_PORTS, PORT_OUT8, EXIT_PORT, status);
    for (;;)
        ;
}

static void require_true(bool condition, const char *what, int64_t value)
{
    if (condition)
        return;
    char line[160];
    format_string(line, sizeof line, "(disk) failed: %s (%ld)\n", what, (long)value);
    say(line);
    leave(1);
}
#define REQUIRE_EQUAL(value, wanted)                                          \
    do {                                                                      \
        int64_t got_ = (int64_t)(value);                                      \
        require_true(got_ == (int64_t)(wanted), #value " is " #wanted, got_); \
    } while (0)

/* ---------------------------------------------------------------- memory */

static void find_memory(void)
{
    const struct boot_range *ranges = (const void *)((const char *)boot + boot->ranges_offset);
    const struct boot_range *largest = &ranges[0];
    for (uint32_t i = 0; i < boot->range_count; i++)
        if (ranges[i].kind == BOOT_RANGE_FREE &&
            (largest->kind != BOOT_RANGE_FREE || ranges[i].length_bytes > largest->length_bytes))
            largest = &ranges[i];
    next_frame = largest->start;
}

static uint64_t take_frame(void)
{
    next_frame += PAGE_SIZE;
    return next_frame - PAGE_SIZE;
}

static void map_pages(uint64_t address, uint64_t physical, unsigned count, uint64_t rights)
{
    static struct page_operation operations[PAGE_BATCH_MAX];
    while (count > 0) {
        unsigned part = count < PAGE_BATCH_MAX ? count : PAGE_BATCH_MAX;
        uint64_t tables[6];
        for (unsigned i = 0; i < 6; i++)
            tables[i] = take_frame();
        for (unsigned i = 0; i < part; i++)
            operations[i] = (struct page_operation){.address = address + i * PAGE_SIZE,
                                                    .page = (physical + i * PAGE_SIZE) |
                                                            PAGE_PRESENT | PAGE_WRITE | rights,
                                                    .task = BOOT_HANDLE_TASK};
        struct page_batch batch = {.operations = (uint64_t)operations,
                                   .table_frames = (uint64_t)tables,
                                   .count = part,
                                   .table_count = 6,
                                   .authority = BOOT_HANDLE_MEMORY};
        REQUIRE_EQUAL(sys_map(&batch), KERNEL_OK);
        for (unsigned i = 0; i < part; i++)
            REQUIRE_EQUAL(operations[i].status, KERNEL_OK);
        address += part * PAGE_SIZE;
        physical += part * PAGE_SIZE;
        count -= part;
    }
}

static void *physical_to_virtual(uint64_t physical)
{
    return (void *)(HEAP_ADDRESS + (physical - heap.physical));
}

static uint32_t make_object(enum object_type type, uint32_t parent, uint64_t argument)
{
    struct object_create create = {.authority = BOOT_HANDLE_MEMORY,
                                   .type = type,
                                   .frames = {take_frame()},
                                   .parent = parent,
                                   .argument = argument};
    int64_t handle = sys_object_create(&create);
    require_true(handle > 0, "an object is made", handle);
    return (uint32_t)handle;
}

static void set_up(void)
{
    find_memory();
    uint64_t physical = next_frame;
    next_frame += HEAP_PAGES * PAGE_SIZE;
    map_pages(HEAP_ADDRESS, physical, HEAP_PAGES, 0);
    memset((void *)HEAP_ADDRESS, 0, HEAP_PAGES * PAGE_SIZE);
    heap_initialize(&heap, (void *)HEAP_ADDRESS, physical, HEAP_PAGES * PAGE_SIZE);
    struct dma_memory memory;
    require_true(heap_allocate_dma(&heap, REQUESTS * REQUEST_BYTES, &memory), "memory", 0);
    pages = memory.address;
    pages_physical = memory.physical;
    notification = make_object(OBJECT_NOTIFICATION, 0, 0);
    REQUIRE_EQUAL(sys_thread(BOOT_HANDLE_THREAD, THREAD_BIND_NOTIFICATION, notification, 0),
                  KERNEL_OK);
}

/* ---------------------------------------------------------------- disks */

static bool note_function(void *context, const struct pci_function *function)
{
    (void)context;
    struct disk_description description;
    enum pci_status status = pci_describe_virtio_disk(function, &description);
    if (status == PCI_OK && found_count < DISKS_MAX)
        found[found_count++] = *function;
    else if (status != PCI_NOT_VIRTIO_BLK)
        require_true(false, pci_status_text(status), status);
    return true;
}

static struct block_device *open_disk(struct disk_description *description)
{
    struct dma_memory memory;
    uint64_t bytes = block_device_dma_bytes(description);
    require_true(heap_allocate_dma(&heap, bytes, &memory), "memory for a driver", (int64_t)bytes);
    uint32_t irq = 0;
    if (description->kind == DISK_VIRTIO)
        irq = make_object(OBJECT_IRQ, BOOT_HANDLE_IRQ, IRQ_MSI);
    int error;
    struct block_device *disk = block_device_open(description, &memory, notification, BIT_DISK, irq,
                                                  physical_to_virtual, &error);
    require_true(disk != NULL, "the disk opens", error);
    return disk;
}

static void describe_disk(const struct pci_function *function, struct disk_description *description)
{
    memset(description, 0, sizeof *description);
    REQUIRE_EQUAL(pci_describe_virtio_disk(function, description), PCI_OK);
    for (unsigned i = 0; i < PCI_BARS; i++) {
        unsigned count = (unsigned)((description->bar_bytes[i] + PAGE_SIZE - 1) / PAGE_SIZE);
        if (count == 0)
            continue;
        require_true(count <= DEVICE_PAGES_MAX, "a BAR of reasonable size", count);
        map_pages(next_device_address, description->bar_address[i], count, PAGE_UNCACHED);
        description->bar_address[i] = next_device_address;
        next_device_address += count * PAGE_SIZE;
    }
}

static void request_done(struct block_request *request)
{
    (void)request;
    done_count++;
}

static void wait_for(struct block_device *disk, unsigned count)
{
    disk->operations->kick(disk);
    while (disk->operations->poll(disk), done_count < count) {
        if (disk->poll_at != 0)
            sys_clock_arm(notification, BIT_TIMER, disk->poll_at);
        struct message message = {.tag = 0};
        REQUIRE_EQUAL(sys_wait(0, &message), KERNEL_OK);
        REQUIRE_EQUAL(TAG_KIND(message.tag), MESSAGE_NOTIFICATION);
    }
}

static void submit_all(struct block_device *disk, enum block_operation operation)
{
    done_count = 0;
    for (unsigned i = 0; i < REQUESTS; i++) {
        /* Two segments that are not neighbours. */
        segments[i][0] = (struct block_segment){pages_physical + i * PAGE_SIZE, PAGE_SIZE};
        segments[i][1] =
            (struct block_segment){pages_physical + (REQUESTS * 2 - 1 - i) * PAGE_SIZE, PAGE_SIZE};
        requests[i] = (struct block_request){.operation = operation,
                                             .sector = FIRST_SECTOR + i * REQUEST_BYTES / 512,
                                             .segment_count = 2,
                                             .segments = segments[i],
                                             .result = 1,
                                             .done = request_done};
        if (!disk->operations->submit(disk, &requests[i])) {
            wait_for(disk, done_count + 1); /* the queue is full: some must end */
            require_true(disk->operations->submit(disk, &requests[i]), "room in the queue", i);
        }
    }
    wait_for(disk, REQUESTS);
    for (unsigned i = 0; i < REQUESTS; i++)
        REQUIRE_EQUAL(requests[i].result, 0);
}

static int32_t one_request(struct block_device *disk, enum block_operation operation,
                           uint64_t sector)
{
    static struct block_segment segment;
    segment = (struct block_segment){pages_physical, PAGE_SIZE};
    requests[0] = (struct block_request){.operation = operation,
                                         .sector = sector,
                                         .segment_count = 1,
                                         .segments = &segment,
                                         .result = 1,
                                         .done = request_done};
    done_count = 0;
    require_true(disk->operations->submit(disk, &requests[0]), "a request is taken", 0);
    wait_for(disk, 1);
    return requests[0].result;
}

static void fill_pages(uint64_t seed)
{
    uint64_t *words = (uint64_t *)(void *)pages;
    for (uint64_t i = 0; i < REQUESTS * REQUEST_BYTES / 8; i++)
        words[i] = (i + seed) * 0x9e3779b97f4a7c15ull;
}

static void check_pages(uint64_t seed)
{
    const uint64_t *words = (const uint64_t *)(const void *)pages;
    for (uint64_t i = 0; i < REQUESTS * REQUEST_BYTES / 8; i++)
        require_true(words[i] == (i + seed) * 0x9e3779b97f4a7c15ull, "data comes back", (int64_t)i);
}

/* ---------------------------------------------------------------- the tests */

static void data_survives_the_disk(struct block_device *disk)
{
    for (uint64_t seed = 1; seed < 5; seed++) {
        fill_pages(seed);
        submit_all(disk, BLOCK_WRITE);
        REQUIRE_EQUAL(one_request(disk, BLOCK_FLUSH, 0), 0);
        memset(pages, 0, REQUESTS * REQUEST_BYTES);
        submit_all(disk, BLOCK_READ);
        check_pages(seed);
    }
    require_true(one_request(disk, BLOCK_READ, disk->sectors - 1) < 0, "the end is an end", 0);
}

static void delays_overlap(struct disk_description *description)
{
    description->delay_microseconds = DELAY_MICROSECONDS;
    struct block_device *disk = open_disk(description);
    uint64_t start = sys_clock_read();
    REQUIRE_EQUAL(one_request(disk, BLOCK_READ, FIRST_SECTOR), 0);
    uint64_t one = sys_clock_read() - start;
    require_true(one >= DELAY_MICROSECONDS * 1000ull, "a request takes its delay", (int64_t)one);
    start = sys_clock_read();
    submit_all(disk, BLOCK_READ);
    uint64_t all = sys_clock_read() - start;
    require_true(all < REQUESTS * DELAY_MICROSECONDS * 1000ull / 4, "delays overlap", (int64_t)all);
}

_Noreturn void server_main(const struct server_start *start)
{
    (void)start;
    set_up();
    pci_enumerate(BOOT_HANDLE_PORTS, note_function, NULL);
    bool tested = false;
    for (unsigned i = 0; i < found_count; i++) {
        struct disk_description description;
        describe_disk(&found[i], &description);
        struct block_device *disk = open_disk(&description);
        REQUIRE_EQUAL(one_request(disk, BLOCK_READ, 0), 0);
        if (memcmp(pages, "QUIRESWP", 8) != 0)
            continue;
        data_survives_the_disk(disk);
        delays_overlap(&description);
        tested = true;
    }
    require_true(tested, "there is a swap disk", found_count);
    say("(disk) ok\n");
    leave(0);
}
