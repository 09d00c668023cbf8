/*
 * The RAM disk and the delay wrapper, by a clock that the test turns.
 */
#include "host_test.h"

#include <quire/block_device.h>
#include <quire/errno.h>
#include <quire/system_call.h>
#include <stdlib.h>
#include <string.h>

#define SECTORS 64u
#define DELAY_MICROSECONDS 500u
#define DELAY_NANOSECONDS (DELAY_MICROSECONDS * 1000ull)

static uint64_t now;
static uint8_t disk_bytes[SECTORS * 512];
static _Alignas(4096) uint8_t memory_bytes[4 * 4096];
static uint64_t hidden_page; /* not visible to the RAM disk; 0: all are */
static void *dma_base;
static struct block_device *disk;
static struct block_request *finished[1024];
static unsigned finished_count;

struct system_call_result system_call_plain(uint64_t number, uint64_t rdi, uint64_t rsi,
                                            uint64_t rdx, uint64_t r8, uint64_t r9, uint64_t r10)
{
    (void)rsi, (void)rdx, (void)r8, (void)r9, (void)r10;
    assert_int_equal(number, SYS_CLOCK);
    assert_int_equal(rdi, CLOCK_READ);
    return (struct system_call_result){0, now, 0};
}

/* The "physical" addresses of this machine count from 0x1000. */
static void *physical_to_virtual(uint64_t physical)
{
    if ((physical & ~4095ull) == hidden_page)
        return NULL;
    return memory_bytes + (physical - 0x1000);
}

static int open_disk(uint32_t delay_microseconds)
{
    int error;
    struct disk_description description = {.kind = DISK_RAM,
                                           .delay_microseconds = delay_microseconds,
                                           .ram_address = (uint64_t)(uintptr_t)disk_bytes,
                                           .ram_bytes = sizeof disk_bytes};
    uint64_t bytes = block_device_dma_bytes(&description);
    dma_base = aligned_alloc(4096, (bytes + 4095) & ~4095ull);
    struct dma_memory memory = {dma_base, 0x100000, bytes};
    disk = block_device_open(&description, &memory, 0, 0, 0, physical_to_virtual, &error);
    return error;
}

static int set_up(void **state)
{
    (void)state;
    now = 1000;
    hidden_page = 1;
    finished_count = 0;
    dma_base = NULL;
    for (size_t i = 0; i < sizeof disk_bytes; i++)
        disk_bytes[i] = (uint8_t)(i * 31 + i / 512);
    memset(memory_bytes, 0, sizeof memory_bytes);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    free(dma_base);
    return 0;
}

static void note(struct block_request *request)
{
    finished[finished_count++] = request;
}

static struct block_request make(enum block_operation operation, uint64_t sector,
                                 const struct block_segment *segment)
{
    return (struct block_request){.operation = operation,
                                  .sector = sector,
                                  .segment_count = 1,
                                  .segments = segment,
                                  .result = 1,
                                  .done = note};
}

static bool submit(struct block_request *request)
{
    bool taken = disk->operations->submit(disk, request);
    disk->operations->kick(disk);
    return taken;
}

static void a_ram_disk_copies_and_completes_at_the_next_poll(void **state)
{
    (void)state;
    assert_int_equal(open_disk(0), 0);
    assert_int_equal(disk->sectors, SECTORS);
    /* Across a page boundary of memory. */
    struct block_segment segment = {0x1000 + 4096 - 512, 1024};
    struct block_request request = make(BLOCK_READ, 3, &segment);
    assert_true(submit(&request));
    assert_int_equal(finished_count, 0);
    assert_true(disk->poll_at != 0 && disk->poll_at <= now);
    assert_int_equal(disk->operations->poll(disk), 1);
    assert_int_equal(request.result, 0);
    assert_memory_equal(memory_bytes + 4096 - 512, disk_bytes + 3 * 512, 1024);
    assert_int_equal(disk->poll_at, 0);

    memset(memory_bytes + 4096 - 512, 0x77, 1024);
    request = make(BLOCK_WRITE, SECTORS - 2, &segment);
    assert_true(submit(&request));
    disk->operations->poll(disk);
    assert_memory_equal(disk_bytes + (SECTORS - 2) * 512, memory_bytes + 4096 - 512, 1024);
}

static void a_ram_disk_answers_what_it_cannot_do(void **state)
{
    (void)state;
    assert_int_equal(open_disk(0), 0);
    struct block_segment segment = {0x2000, 512};
    struct block_request request = make(BLOCK_READ, SECTORS, &segment);
    assert_true(submit(&request));
    disk->operations->poll(disk);
    assert_int_equal(request.result, -EINVAL);
    hidden_page = 0x2000;
    request = make(BLOCK_READ, 0, &segment);
    assert_true(submit(&request));
    disk->operations->poll(disk);
    assert_int_equal(request.result, -EFAULT);
}

static void a_full_queue_refuses_until_a_poll(void **state)
{
    (void)state;
    static struct block_request requests[300];
    struct block_segment segment = {0x1000, 512};
    assert_int_equal(open_disk(0), 0);
    unsigned count = 0;
    do
        requests[count] = make(BLOCK_READ, 0, &segment);
    while (submit(&requests[count]) && ++count < 300);
    assert_int_equal(count, disk->queue_depth);
    assert_int_equal(disk->operations->poll(disk), count);
    assert_true(submit(&requests[0]));
}

static void unusable_descriptions_are_refused(void **state)
{
    (void)state;
    int error;
    struct dma_memory none = {NULL, 0, 0};
    struct disk_description description = {.kind = DISK_NONE};
    assert_null(block_device_open(&description, &none, 0, 0, 0, NULL, &error));
    assert_int_equal(error, -ENODEV);
    description.kind = DISK_RAM;
    assert_null(block_device_open(&description, &none, 0, 0, 0, NULL, &error));
    assert_int_equal(error, -ENOMEM);
}

/* ---------------------------------------------------------------- delay */

static void a_completion_is_held_for_its_delay(void **state)
{
    (void)state;
    assert_int_equal(open_disk(DELAY_MICROSECONDS), 0);
    struct block_segment segment = {0x1000, 512};
    struct block_request request = make(BLOCK_READ, 1, &segment);
    assert_true(submit(&request));
    /* The device below is ready, and then the wrapper's own time counts. */
    disk->operations->poll(disk);
    assert_int_equal(finished_count, 0);
    assert_int_equal(disk->poll_at, 1000 + DELAY_NANOSECONDS);
    now = disk->poll_at - 1;
    assert_int_equal(disk->operations->poll(disk), 0);
    now++;
    assert_int_equal(disk->operations->poll(disk), 1);
    assert_int_equal(request.result, 0);
    assert_memory_equal(memory_bytes, disk_bytes + 512, 512);
    assert_int_equal(disk->poll_at, 0);
}

static void many_delays_run_at_the_same_time(void **state)
{
    (void)state;
    static struct block_request requests[100];
    struct block_segment segment = {0x1000, 512};
    assert_int_equal(open_disk(DELAY_MICROSECONDS), 0);
    for (unsigned i = 0; i < 100; i++) {
        requests[i] = make(BLOCK_READ, 0, &segment);
        assert_true(submit(&requests[i]));
        now += 1000;
    }
    disk->operations->poll(disk);
    assert_int_equal(finished_count, 0);
    now = 1000 + DELAY_NANOSECONDS + 49 * 1000; /* the first fifty are due */
    assert_int_equal(disk->operations->poll(disk), 50);
    assert_int_equal(disk->poll_at, 1000 + DELAY_NANOSECONDS + 50 * 1000);
    now += 1000000;
    assert_int_equal(disk->operations->poll(disk), 50);
    for (unsigned i = 0; i < 100; i++)
        assert_ptr_equal(finished[i], &requests[i]);
}

static struct block_request follow_up;

static void submit_follow_up(struct block_request *request)
{
    note(request);
    assert_true(submit(&follow_up));
}

static void a_completion_may_submit_the_next_request(void **state)
{
    (void)state;
    struct block_segment segment = {0x1000, 512};
    assert_int_equal(open_disk(DELAY_MICROSECONDS), 0);
    follow_up = make(BLOCK_READ, 2, &segment);
    struct block_request request = make(BLOCK_READ, 1, &segment);
    request.done = submit_follow_up;
    assert_true(submit(&request));
    now += DELAY_NANOSECONDS;
    assert_int_equal(disk->operations->poll(disk), 1);
    assert_true(disk->poll_at != 0);
    now += DELAY_NANOSECONDS;
    assert_int_equal(disk->operations->poll(disk), 1);
    assert_ptr_equal(finished[1], &follow_up);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

static void count_done(struct block_request *request)
{
    (void)request;
    finished_count++;
}

/* Submits a read of one page. */
static void submit_page(struct block_request *request, struct block_segment *segment)
{
    *segment = (struct block_segment){0x1000, 4096};
    *request = (struct block_request){
        .operation = BLOCK_READ, .segment_count = 1, .segments = segment, .done = count_done};
    assert_true(disk->operations->submit(disk, request));
}

static void a_device_knows_how_busy_it_is(void **state)
{
    (void)state;
    struct block_request requests[2];
    struct block_segment segments[2];
    hidden_page = 0;
    assert_int_equal(open_disk(DELAY_MICROSECONDS), 0);
    assert_int_equal(disk->activity.requests, 0);
    submit_page(&requests[0], &segments[0]);
    submit_page(&requests[1], &segments[1]);
    const struct block_activity begun = disk->activity;
    assert_int_equal(begun.requests, 2);
    assert_int_equal(begun.in_flight, 2);

    /* Two in flight: each tick counts twice. */
    struct block_activity later = begun;
    block_activity_settle(&later, begun.settled_at + 100);
    assert_int_equal(later.busy_ticks, begun.busy_ticks + 100);
    assert_int_equal(later.in_flight_ticks, begun.in_flight_ticks + 200);

    now += DELAY_NANOSECONDS;
    assert_int_equal(disk->operations->poll(disk), 2);
    assert_int_equal(finished_count, 2);
    struct block_activity ended = disk->activity;
    assert_int_equal(ended.in_flight, 0);
    assert_true(ended.busy_ticks > begun.busy_ticks);
    assert_true(ended.in_flight_ticks > ended.busy_ticks &&
                ended.in_flight_ticks <= 2 * ended.busy_ticks);
    /* Idle: the time goes on, the counters do not. */
    later = ended;
    block_activity_settle(&later, ended.settled_at + 1000);
    assert_int_equal(later.busy_ticks, ended.busy_ticks);
    assert_int_equal(later.in_flight_ticks, ended.in_flight_ticks);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_ram_disk_copies_and_completes_at_the_next_poll),
        TEST(a_ram_disk_answers_what_it_cannot_do),
        TEST(a_full_queue_refuses_until_a_poll),
        TEST(unusable_descriptions_are_refused),
        TEST(a_completion_is_held_for_its_delay),
        TEST(many_delays_run_at_the_same_time),
        TEST(a_completion_may_submit_the_next_request),
        TEST(a_device_knows_how_busy_it_is),
    };
    return cmocka_run_group_tests_name("block_device", tests, NULL, NULL);
}
