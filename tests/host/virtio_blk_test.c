/*
 * The virtio-blk driver: what it promises with a good device, a poor one, and one that cheats.
 */
#include "fake_virtio.h"

#include <quire/block_device.h>
#include <quire/errno.h>
#include <stdlib.h>
#include <string.h>

/* ---------------------------------------------------------------- helpers */

static struct disk_description description;
static struct dma_memory memory;
static void *memory_base;
static struct block_device *disk;
static unsigned done_count;

static int set_up(void **state)
{
    (void)state;
    memset(&knobs, 0, sizeof knobs);
    knobs.features =
        F_VERSION_1 | F_SEG_MAX | F_BLK_SIZE | F_FLUSH | F_INDIRECT | F_EVENT_INDEX | 1ull << 40;
    knobs.queue_size = 256;
    knobs.segments_max = 254;
    knobs.block_size = 512;
    memset(&device, 0, sizeof device);
    for (size_t i = 0; i < sizeof disk_bytes; i++)
        disk_bytes[i] = (uint8_t)(i / 512 * 7 + i);
    description = (struct disk_description){
        .kind = DISK_VIRTIO,
        .bar_address = {[4] = BAR_ADDRESS},
        .bar_bytes = {[4] = BAR_BYTES},
        .common = {4, 0, 0x1000},
        .isr = {4, 0x38, 4},
        .device = {4, DEVICE_OFFSET, 0x1000},
        .notify = {4, NOTIFY_OFFSET, 0x1000},
        .notify_multiplier = 4,
        .msix_bar = 4,
        .msix_offset = MSIX_OFFSET,
        .msix_entries = 2,
    };
    uint64_t bytes = block_device_dma_bytes(&description);
    memory_base = aligned_alloc(4096, (bytes + 4095) & ~4095ull);
    memset(memory_base, 0, bytes);
    memory = (struct dma_memory){memory_base, (uint64_t)(uintptr_t)memory_base, bytes};
    disk = NULL;
    done_count = 0;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    free(memory_base);
    return 0;
}

static int open_disk(void)
{
    int error;
    disk = block_device_open(&description, &memory, 4, 2, IRQ_HANDLE, NULL, &error);
    assert_int_equal(disk == NULL, error != 0);
    return error;
}

static void count_done(struct block_request *request)
{
    (void)request;
    done_count++;
}

static struct block_request make_request(enum block_operation operation, uint64_t sector,
                                         const struct block_segment *segments, uint32_t count)
{
    return (struct block_request){.operation = operation,
                                  .sector = sector,
                                  .segments = segments,
                                  .segment_count = count,
                                  .result = 1,
                                  .done = count_done};
}

static struct block_segment segment_of(void *bytes, uint32_t length)
{
    return (struct block_segment){(uint64_t)(uintptr_t)bytes, length};
}

/* Submits, kicks, polls: for a device that answers at once. */
static int perform(struct block_request *request)
{
    unsigned before = done_count;
    assert_true(disk->operations->submit(disk, request));
    disk->operations->kick(disk);
    disk->operations->poll(disk);
    assert_int_equal(done_count, before + 1);
    return request->result;
}

/* ---------------------------------------------------------------- promises */

static void opening_negotiates_and_reads_the_geometry(void **state)
{
    (void)state;
    assert_int_equal(open_disk(), 0);
    assert_int_equal(device.status, 15);
    assert_int_equal(device.driver_features,
                     F_VERSION_1 | F_SEG_MAX | F_BLK_SIZE | F_FLUSH | F_INDIRECT);
    assert_int_equal(disk->sectors, DISK_SECTORS);
    assert_int_equal(disk->queue_depth, 256);
    assert_int_equal(disk->segments_max, BLOCK_SEGMENTS_MAX);
    assert_true(disk->has_write_cache);
    assert_false(disk->read_only);
    assert_int_equal(device.queue_vector, 0);
    assert_int_equal(*(uint64_t *)(void *)device.msix, 0xfee00000);
    assert_int_equal(*(uint32_t *)(void *)(device.msix + 8), 0x41);
    assert_int_equal(*(uint32_t *)(void *)(device.msix + 12), 0);
}

#define REFUSED(error, change)                \
    do {                                      \
        change;                               \
        assert_int_equal(open_disk(), error); \
        tear_down(NULL);                      \
        set_up(NULL);                         \
    } while (0)

static void devices_that_cannot_work_are_refused_by_errno(void **state)
{
    (void)state;
    REFUSED(-ENOTSUP, knobs.features &= ~F_VERSION_1);
    REFUSED(-ENOTSUP, knobs.refuse_features = true);
    REFUSED(-EBUSY, knobs.refuse_vectors = true);
    REFUSED(-ENXIO, knobs.queue_size = 0);
    REFUSED(-ENXIO, knobs.queue_size = 100);
    REFUSED(-ENXIO, description.device.offset = BAR_BYTES);
    REFUSED(-ENXIO, description.msix_offset = BAR_BYTES - 16);
    REFUSED(-ENXIO, description.notify_multiplier = 0x1000);
    REFUSED(-ENOMEM, memory.length_bytes /= 2);
}

static void data_goes_to_and_from_every_segment(void **state)
{
    (void)state;
    static const uint64_t variants[] = {0, F_INDIRECT};
    for (unsigned v = 0; v < 2; v++) {
        static uint8_t first[4096], second[512], third[1024];
        knobs.features = F_VERSION_1 | F_SEG_MAX | F_FLUSH | variants[v];
        assert_int_equal(open_disk(), 0);
        struct block_segment segments[] = {segment_of(first, sizeof first),
                                           segment_of(second, sizeof second),
                                           segment_of(third, sizeof third)};
        struct block_request request = make_request(BLOCK_READ, 100, segments, 3);
        assert_int_equal(perform(&request), 0);
        assert_memory_equal(first, disk_bytes + 100 * 512, 4096);
        assert_memory_equal(second, disk_bytes + 108 * 512, 512);
        assert_memory_equal(third, disk_bytes + 109 * 512, 1024);
        memset(second, 0x5a, sizeof second);
        request = make_request(BLOCK_WRITE, DISK_SECTORS - 11, segments, 3);
        assert_int_equal(perform(&request), 0);
        assert_memory_equal(disk_bytes + (DISK_SECTORS - 3) * 512, second, 512);
        request = make_request(BLOCK_FLUSH, 0, NULL, 0);
        assert_int_equal(perform(&request), 0);
        assert_int_equal(device.flushes, 1);
        tear_down(NULL), set_up(NULL);
    }
}

static void many_requests_fly_and_come_back_in_any_order(void **state)
{
    (void)state;
    static uint8_t pages[256][512];
    static struct block_segment segments[256];
    static struct block_request requests[256];
    assert_int_equal(open_disk(), 0);
    knobs.deaf = true;
    for (int round = 0; round < 5; round++) {
        for (unsigned i = 0; i < 256; i++) {
            segments[i] = segment_of(pages[i], 512);
            requests[i] = make_request(BLOCK_READ, i * 3 + (unsigned)round, &segments[i], 1);
            assert_true(disk->operations->submit(disk, &requests[i]));
        }
        struct block_request more = make_request(BLOCK_FLUSH, 0, NULL, 0);
        assert_false(disk->operations->submit(disk, &more)); /* full */
        unsigned notifications = device.notifications;
        /* A device that asks not to be told is told all the same: see virtqueue.h. */
        WORD16(device.used) = 1;
        disk->operations->kick(disk);
        assert_int_equal(device.notifications, notifications + 1);
        assert_int_equal(disk->operations->poll(disk), 0);
        unsigned interrupts = device.interrupts;
        run_device(round % 2 == 1);
        assert_int_equal(device.interrupts, interrupts + 256); /* none is asked not to come */
        assert_int_equal(disk->operations->poll(disk), 256);
        for (unsigned i = 0; i < 256; i++) {
            assert_int_equal(requests[i].result, 0);
            assert_memory_equal(pages[i], disk_bytes + (i * 3 + (unsigned)round) * 512, 512);
        }
    }
}

static void a_small_direct_queue_fills_up_and_recovers(void **state)
{
    (void)state;
    static uint8_t page[512];
    struct block_segment segment = segment_of(page, 512);
    struct block_request requests[3];
    knobs.features = F_VERSION_1;
    knobs.queue_size = 8;
    assert_int_equal(open_disk(), 0);
    assert_int_equal(disk->segments_max, 6);
    assert_false(disk->has_write_cache);
    knobs.deaf = true;
    for (int round = 0; round < 50; round++) {
        for (unsigned i = 0; i < 3; i++)
            requests[i] = make_request(BLOCK_READ, i, &segment, 1);
        assert_true(disk->operations->submit(disk, &requests[0]));
        assert_true(disk->operations->submit(disk, &requests[1]));
        assert_false(disk->operations->submit(disk, &requests[2])); /* needs three of two left */
        disk->operations->kick(disk);
        run_device(round % 2 == 0);
        assert_int_equal(disk->operations->poll(disk), 2);
    }
}

static void errors_of_the_device_come_up_as_errnos(void **state)
{
    (void)state;
    static uint8_t page[512];
    struct block_segment segment = segment_of(page, 512);
    assert_int_equal(open_disk(), 0);
    static const int results[] = {0, -EIO, -ENOTSUP, -EIO, -EIO}; /* by the status byte */
    struct block_request request = make_request(BLOCK_READ, 0, &segment, 1);
    for (uint8_t status = 0; status < 5; status++) {
        knobs.status_answer = status;
        assert_int_equal(perform(&request), results[status]);
    }
}

static void wrong_requests_are_answered_without_the_device(void **state)
{
    (void)state;
    static uint8_t page[1024];
    struct block_segment segment = segment_of(page, 512), odd = segment_of(page, 100),
                         two = segment_of(page, 1024);
    assert_int_equal(open_disk(), 0);
    struct block_request request = make_request(BLOCK_READ, DISK_SECTORS, &segment, 1);
    assert_int_equal(perform(&request), -EINVAL);
    request = make_request(BLOCK_READ, DISK_SECTORS - 1, &two, 1);
    assert_int_equal(perform(&request), -EINVAL);
    request = make_request(BLOCK_READ, UINT64_MAX, &segment, 1);
    assert_int_equal(perform(&request), -EINVAL);
    request = make_request(BLOCK_READ, 0, &odd, 1);
    assert_int_equal(perform(&request), -EINVAL);
    for (unsigned i = 0; i < 2; i++) {
        request = make_request(BLOCK_READ, 0, &segment, i * (BLOCK_SEGMENTS_MAX + 1));
        assert_int_equal(perform(&request), -EINVAL);
    }
    request = make_request((enum block_operation)9, 0, &segment, 1);
    assert_int_equal(perform(&request), -ENOTSUP);
    assert_int_equal(device.notifications, 0);
}

static void a_read_only_disk_refuses_writes(void **state)
{
    (void)state;
    static uint8_t page[512];
    struct block_segment segment = segment_of(page, 512);
    knobs.features |= F_RO;
    assert_int_equal(open_disk(), 0);
    assert_true(disk->read_only);
    struct block_request request = make_request(BLOCK_WRITE, 0, &segment, 1);
    assert_int_equal(perform(&request), -EROFS);
}

static void a_flush_without_a_cache_is_done_and_asks_for_a_poll(void **state)
{
    (void)state;
    knobs.features &= ~F_FLUSH;
    assert_int_equal(open_disk(), 0);
    struct block_request request = make_request(BLOCK_FLUSH, 0, NULL, 0);
    assert_true(disk->operations->submit(disk, &request));
    assert_true(disk->poll_at != 0);
    assert_int_equal(disk->operations->poll(disk), 1);
    assert_int_equal(request.result, 0);
    assert_int_equal(disk->poll_at, 0);
}

static void limits_of_the_device_are_kept(void **state)
{
    (void)state;
    static uint8_t page[4096];
    struct block_segment segment = segment_of(page, 4096);
    knobs.features |= F_SIZE_MAX;
    knobs.size_max = 1024;
    knobs.segments_max = 4;
    knobs.block_size = 4096;
    assert_int_equal(open_disk(), 0);
    assert_int_equal(disk->segments_max, 4);
    struct block_request request = make_request(BLOCK_READ, 8, &segment, 1);
    assert_int_equal(perform(&request), 0);
    assert_int_equal(device.longest_chain, 6);
    assert_memory_equal(page, disk_bytes + 8 * 512, 4096);
    request = make_request(BLOCK_READ, 1, &segment, 1); /* not on a block of the disk */
    assert_int_equal(perform(&request), -EINVAL);
    struct block_segment two[] = {segment, segment}; /* eight pieces */
    request = make_request(BLOCK_READ, 8, two, 2);
    assert_int_equal(perform(&request), -EINVAL);
}

/* In flight fails, and the device works again. */
static void check_recovery(struct block_request *in_flight)
{
    static uint8_t page[512];
    struct block_segment segment = segment_of(page, 512);
    unsigned resets = device.resets;
    disk->operations->poll(disk);
    assert_int_equal(in_flight->result, -EIO);
    assert_true(device.resets > resets);
    assert_int_equal(device.status, 15);
    knobs.deaf = false;
    struct block_request request = make_request(BLOCK_READ, 5, &segment, 1);
    assert_int_equal(perform(&request), 0);
    assert_memory_equal(page, disk_bytes + 5 * 512, 512);
}

static void a_device_that_needs_a_reset_gets_one(void **state)
{
    (void)state;
    static uint8_t page[512];
    struct block_segment segment = segment_of(page, 512);
    assert_int_equal(open_disk(), 0);
    assert_int_equal(device.configuration_vector, 0); /* so that we hear of it */
    knobs.deaf = true;
    struct block_request request = make_request(BLOCK_READ, 0, &segment, 1);
    disk->operations->submit(disk, &request);
    disk->operations->kick(disk);
    device.status |= 0x40;
    check_recovery(&request);
}

static void a_device_that_cheats_is_reset(void **state)
{
    (void)state;
    static uint8_t page[512];
    struct block_segment segment = segment_of(page, 512);
    for (int lie = 0; lie < 4; lie++) {
        assert_int_equal(open_disk(), 0);
        knobs.deaf = true;
        struct block_request request = make_request(BLOCK_READ, 0, &segment, 1);
        disk->operations->submit(disk, &request);
        disk->operations->kick(disk);
        switch (lie) {
        case 0: WORD16(device.used + 2) = 2; break;      /* more than is in flight */
        case 1: put_used(255, 0); break;                 /* a chain that is not in flight */
        case 2: put_used(0xffff, 0); break;              /* none at all */
        case 3: WORD16(device.used + 2) = 0xffff; break; /* backwards */
        }
        check_recovery(&request);
        tear_down(NULL), set_up(NULL);
    }
}

static void a_dead_device_answers_everything_with_an_error(void **state)
{
    (void)state;
    static uint8_t page[512];
    struct block_segment segment = segment_of(page, 512);
    assert_int_equal(open_disk(), 0);
    knobs.deaf = true;
    struct block_request request = make_request(BLOCK_READ, 0, &segment, 1);
    disk->operations->submit(disk, &request);
    disk->operations->kick(disk);
    device.status |= 0x40;
    knobs.resets_ignored = 1000;
    disk->operations->poll(disk);
    assert_int_equal(request.result, -EIO);
    assert_int_equal(perform(&request), -EIO);
    request = make_request(BLOCK_FLUSH, 0, NULL, 0);
    assert_int_equal(perform(&request), -EIO);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(opening_negotiates_and_reads_the_geometry),
        TEST(devices_that_cannot_work_are_refused_by_errno),
        TEST(data_goes_to_and_from_every_segment),
        TEST(many_requests_fly_and_come_back_in_any_order),
        TEST(a_small_direct_queue_fills_up_and_recovers),
        TEST(errors_of_the_device_come_up_as_errnos),
        TEST(wrong_requests_are_answered_without_the_device),
        TEST(a_read_only_disk_refuses_writes),
        TEST(a_flush_without_a_cache_is_done_and_asks_for_a_poll),
        TEST(limits_of_the_device_are_kept),
        TEST(a_device_that_needs_a_reset_gets_one),
        TEST(a_device_that_cheats_is_reset),
        TEST(a_dead_device_answers_everything_with_an_error),
    };
    return cmocka_run_group_tests_name("virtio_blk", tests, NULL, NULL);
}
