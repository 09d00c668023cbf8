/* Console records and input, against the console server's end of the rings. */
#include "console.h"
#include "pager_services_fake.h"
#include "services.h"

#include <quire/byte_ring.h>
#include <quire/server_start.h>
#include <stdio.h>
#include <string.h>

static _Alignas(4096) uint8_t area[CONSOLE_AREA_BYTES];
static struct byte_ring output, input;
static struct address_space space;
static size_t captured_bytes;

void capture_record(const void *bytes, size_t length)
{
    (void)bytes;
    captured_bytes += length;
}

static int setup(void **state)
{
    services_reset(state);
    console_boot(area, 3);
    assert_true(byte_ring_attach(&output, area + CONSOLE_AREA_OUTPUT, CONSOLE_OUTPUT_BYTES));
    assert_true(byte_ring_attach(&input, area + CONSOLE_AREA_INPUT, CONSOLE_INPUT_BYTES));
    space = (struct address_space){.id = 1};
    captured_bytes = 0;
    return 0;
}

/* The next record as the server reads it; its length, or -1 when there is none. */
static int32_t take_record(char *text)
{
    uint32_t length;
    if (byte_ring_read(&output, &length, sizeof length) != sizeof length)
        return -1;
    uint32_t padded = (length + 3) & ~3u;
    assert_int_equal(byte_ring_read(&output, text, padded), padded);
    return (int32_t)length;
}

static enum request_status write_text(struct test_request *test, const char *text, size_t length)
{
    return console_write(&test->request, (uintptr_t)text, length);
}

static void one_write_is_one_record(void **state)
{
    (void)state;
    char text[64];
    struct test_request test;
    test_request_start(&test, &space);
    assert_int_equal(write_text(&test, "hello\n", 6), REQUEST_DONE);
    assert_int_equal(test.request.value[0], 6);
    assert_int_equal(take_record(text), 6);
    assert_memory_equal(text, "hello\n", 6);
    assert_int_equal(take_record(text), -1);
    assert_int_equal(captured_bytes, 6);
}

static void a_full_ring_parks_the_writer_until_there_is_room(void **state)
{
    (void)state;
    static char big[20000], record[CONSOLE_OUTPUT_BYTES];
    struct test_request first, second;
    test_request_start(&first, &space);
    test_request_start(&second, &space);
    assert_int_equal(write_text(&first, big, sizeof big), REQUEST_DONE);
    assert_int_equal(write_text(&second, big, sizeof big), REQUEST_PARKED);
    take_record(record);
    console_interrupt();
    run_queue_drain();
    assert_int_equal(second.resumed, 1);
    assert_int_equal(write_text(&second, big, sizeof big), REQUEST_DONE);
    assert_int_equal(captured_bytes, 2 * sizeof big);
}

static void a_text_longer_than_the_ring_goes_in_pieces(void **state)
{
    (void)state;
    static char big[100000], record[CONSOLE_OUTPUT_BYTES];
    for (size_t i = 0; i < sizeof big; i++)
        big[i] = (char)('a' + i % 26);
    struct test_request test;
    test_request_start(&test, &space);
    size_t seen = 0;
    while (write_text(&test, big, sizeof big) == REQUEST_PARKED) {
        int32_t length = take_record(record);
        assert_true(length > 0);
        assert_memory_equal(record, big + seen, (size_t)length);
        seen += (size_t)length;
        console_interrupt();
        run_queue_drain();
    }
    seen += (size_t)take_record(record);
    assert_int_equal(seen, sizeof big);
    assert_int_equal(test.request.value[0], sizeof big);
}

static void a_write_whose_pages_come_late_keeps_its_text(void **state)
{
    (void)state;
    static char big[10000], other[10000], record[CONSOLE_OUTPUT_BYTES];
    memset(big, 'b', sizeof big);
    memset(other, 'o', sizeof other);
    struct test_request slow, quick;
    test_request_start(&slow, &space);
    copies_park = true;
    enum request_status status = write_text(&slow, big, sizeof big);
    assert_int_equal(status, REQUEST_PARKED);
    while (status == REQUEST_PARKED) {
        copies_park = false;
        test_request_start(&quick, &space);
        assert_int_equal(write_text(&quick, other, sizeof other), REQUEST_DONE);
        take_record(record);
        copies_park = true;
        run_queue_drain();
        status = write_text(&slow, big, sizeof big);
    }
    assert_int_equal(take_record(record), sizeof big);
    assert_memory_equal(record, big, sizeof big);
}

static void a_bad_pointer_writes_nothing(void **state)
{
    (void)state;
    char text[8] = "seven..", record[16];
    struct test_request test;
    test_request_start(&test, &space);
    bad_address = (uintptr_t)text + 3;
    assert_int_equal(write_text(&test, text, sizeof text), REQUEST_DONE);
    assert_true(test.request.result < 0);
    assert_int_equal(take_record(record), -1);
}

static void the_pagers_lines_wait_in_order_when_the_ring_is_full(void **state)
{
    (void)state;
    static char big[32000], record[CONSOLE_OUTPUT_BYTES];
    struct test_request test;
    test_request_start(&test, &space);
    write_text(&test, big, sizeof big);
    for (int i = 0; i < 20; i++)
        console_message("line %d of many, with something to fill the ring with", i);
    assert_false(console_drained());
    take_record(record);
    console_interrupt();
    for (int i = 0; i < 20; i++) {
        char expected[80];
        int32_t length = take_record(record);
        assert_true(length > 0);
        snprintf(expected, sizeof expected,
                 "pager: line %d of many, with something to fill the ring with\n", i);
        assert_int_equal(length, strlen(expected));
        assert_memory_equal(record, expected, (size_t)length);
    }
    assert_true(console_drained());
}

static enum request_status read_text(struct test_request *test, char *buffer, size_t length)
{
    return console_read(&test->request, (uintptr_t)buffer, length, 0);
}

static void a_read_waits_for_a_line_and_returns_one(void **state)
{
    (void)state;
    char buffer[64];
    struct test_request test;
    test_request_start(&test, &space);
    assert_int_equal(read_text(&test, buffer, sizeof buffer), REQUEST_PARKED);
    assert_true(byte_ring_write(&input, "one\ntwo\n", 8));
    console_interrupt();
    run_queue_drain();
    assert_int_equal(test.resumed, 1);
    assert_int_equal(read_text(&test, buffer, sizeof buffer), REQUEST_DONE);
    assert_int_equal(test.request.value[0], 4);
    assert_memory_equal(buffer, "one\n", 4);
    test_request_start(&test, &space);
    assert_int_equal(read_text(&test, buffer, 2), REQUEST_DONE);
    assert_int_equal(test.request.value[0], 2);
    assert_memory_equal(buffer, "tw", 2);
}

static void control_d_is_end_of_file_once(void **state)
{
    (void)state;
    char buffer[64];
    struct test_request test;
    byte_ring_write(&input, "\4c\n", 3);
    test_request_start(&test, &space);
    assert_int_equal(read_text(&test, buffer, sizeof buffer), REQUEST_DONE);
    assert_int_equal(test.request.value[0], 0);
    test_request_start(&test, &space);
    read_text(&test, buffer, sizeof buffer);
    assert_int_equal(test.request.value[0], 2);
    assert_memory_equal(buffer, "c\n", 2);
}

static void a_dead_console_swallows_output_and_ends_input(void **state)
{
    (void)state;
    char buffer[4];
    struct test_request reader, writer;
    test_request_start(&reader, &space);
    test_request_start(&writer, &space);
    read_text(&reader, buffer, sizeof buffer);
    console_fail();
    run_queue_drain();
    assert_int_equal(reader.resumed, 1);
    assert_int_equal(read_text(&reader, buffer, sizeof buffer), REQUEST_DONE);
    assert_int_equal(reader.request.value[0], 0);
    assert_int_equal(write_text(&writer, "x", 1), REQUEST_DONE);
    assert_true(console_drained());
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, services_check_leaks)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(one_write_is_one_record),
        TEST(a_full_ring_parks_the_writer_until_there_is_room),
        TEST(a_text_longer_than_the_ring_goes_in_pieces),
        TEST(a_write_whose_pages_come_late_keeps_its_text),
        TEST(a_bad_pointer_writes_nothing),
        TEST(the_pagers_lines_wait_in_order_when_the_ring_is_full),
        TEST(a_read_waits_for_a_line_and_returns_one),
        TEST(control_d_is_end_of_file_once),
        TEST(a_dead_console_swallows_output_and_ends_input),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
