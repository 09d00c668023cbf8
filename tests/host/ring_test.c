/*
 * The rings between servers: order, wake-ups, and peers that lie.
 */
#include "host_test.h"

#include <quire/byte_ring.h>
#include <quire/ring.h>
#include <stdlib.h>
#include <string.h>

#define CAPACITY 8u

static struct {
    _Alignas(64) uint8_t memory[RING_BYTES(CAPACITY, sizeof(uint64_t))];
} shared;

static void make_ring(struct ring *producer, struct ring *consumer)
{
    ring_format(shared.memory, CAPACITY, sizeof(uint64_t));
    assert_true(ring_attach(producer, shared.memory, CAPACITY, sizeof(uint64_t)));
    assert_true(ring_attach(consumer, shared.memory, CAPACITY, sizeof(uint64_t)));
}

static void entries_come_out_in_order_past_many_wraps(void **state)
{
    struct ring producer, consumer;
    uint64_t sent = 0, received = 0, entry;
    (void)state;
    make_ring(&producer, &consumer);
    for (int round = 0; round < 1000; round++) {
        for (int i = rand() % 9; i > 0 && ring_push(&producer, &sent); i--)
            sent++;
        ring_publish(&producer);
        for (int i = rand() % 9; i > 0 && ring_pop(&consumer, &entry); i--)
            assert_int_equal(entry, received++);
        assert_true(sent - received <= CAPACITY);
    }
}

static void a_full_ring_refuses_and_an_empty_one_gives_nothing(void **state)
{
    struct ring producer, consumer;
    uint64_t entry = 7;
    (void)state;
    make_ring(&producer, &consumer);
    assert_false(ring_pop(&consumer, &entry));
    for (unsigned i = 0; i < CAPACITY; i++) {
        assert_int_equal(ring_space(&producer), CAPACITY - i);
        assert_true(ring_push(&producer, &entry));
    }
    assert_false(ring_push(&producer, &entry));
    /* not published: invisible */
    assert_false(ring_pop(&consumer, &entry));
    ring_publish(&producer);
    assert_true(ring_pop(&consumer, &entry));
}

static void a_sleeper_is_woken_once(void **state)
{
    struct ring producer, consumer;
    uint64_t entry = 1;
    (void)state;
    make_ring(&producer, &consumer);
    ring_push(&producer, &entry);
    assert_false(ring_publish(&producer));
    assert_false(ring_prepare_sleep(&consumer)); /* there is one */
    assert_true(ring_pop(&consumer, &entry));
    assert_true(ring_prepare_sleep(&consumer));
    ring_push(&producer, &entry);
    assert_true(ring_publish(&producer));
    ring_push(&producer, &entry);
    assert_false(ring_publish(&producer));
}

static void a_peer_that_lies_moves_no_entry_and_reaches_no_other_memory(void **state)
{
    struct ring producer, consumer;
    uint64_t entry = 1;
    (void)state;
    static const uint32_t lies[] = {CAPACITY + 1, 0x7fffffff, 0x80000000, 0xffffffff};
    for (unsigned i = 0; i < sizeof lies / sizeof *lies; i++) {
        make_ring(&producer, &consumer);
        consumer.header->tail = lies[i];
        assert_false(ring_pop(&consumer, &entry));
        assert_true(ring_prepare_sleep(&consumer));
        producer.header->head = 0 - lies[i];
        assert_int_equal(ring_space(&producer), 0);
        assert_false(ring_push(&producer, &entry));
    }
}

static void a_ring_of_other_sizes_is_not_attached(void **state)
{
    struct ring ring;
    (void)state;
    ring_format(shared.memory, CAPACITY, sizeof(uint64_t));
    assert_false(ring_attach(&ring, shared.memory, CAPACITY * 2, sizeof(uint64_t)));
    assert_false(ring_attach(&ring, shared.memory, CAPACITY, sizeof(uint32_t)));
    ((struct ring_header *)(void *)shared.memory)->capacity = 6;
    assert_false(ring_attach(&ring, shared.memory, 6, sizeof(uint64_t)));
}

/* ---------------------------------------------------------------- bytes */

static struct {
    _Alignas(64) uint8_t memory[sizeof(struct byte_ring_header) + 64];
} bytes;

static void make_byte_ring(struct byte_ring *producer, struct byte_ring *consumer)
{
    byte_ring_format(bytes.memory, 64);
    assert_true(byte_ring_attach(producer, bytes.memory, 64));
    assert_true(byte_ring_attach(consumer, bytes.memory, 64));
}

static void bytes_come_out_in_order_past_many_wraps(void **state)
{
    struct byte_ring producer, consumer;
    uint8_t sent = 0, received = 0;
    (void)state;
    make_byte_ring(&producer, &consumer);
    for (int round = 0; round < 2000; round++) {
        uint8_t text[64];
        size_t length = (size_t)(rand() % 65);
        for (size_t i = 0; i < length; i++)
            text[i] = (uint8_t)(sent + i);
        if (byte_ring_write(&producer, text, length))
            sent = (uint8_t)(sent + length);
        length = byte_ring_read(&consumer, text, (size_t)(rand() % 65));
        for (size_t i = 0; i < length; i++)
            assert_int_equal(text[i], received++);
    }
}

static void a_write_is_all_or_nothing_and_asks_for_room(void **state)
{
    struct byte_ring producer, consumer;
    char text[64] = "";
    (void)state;
    make_byte_ring(&producer, &consumer);
    assert_true(byte_ring_write(&producer, text, 60));
    assert_false(byte_ring_producer_waits(&consumer));
    assert_false(byte_ring_write(&producer, text, 5));
    assert_int_equal(byte_ring_used(&consumer), 60);
    assert_true(byte_ring_producer_waits(&consumer));
    assert_false(byte_ring_producer_waits(&consumer));
    byte_ring_skip(&consumer, 1);
    assert_true(byte_ring_write(&producer, text, 5));
    assert_false(byte_ring_write(&producer, text, 65)); /* never fits */
}

static void peeking_leaves_bytes_and_sees_behind_an_offset(void **state)
{
    struct byte_ring producer, consumer;
    char text[8];
    (void)state;
    make_byte_ring(&producer, &consumer);
    byte_ring_write(&producer, "abcdef", 6);
    assert_int_equal(byte_ring_peek(&consumer, text, 3), 3);
    assert_memory_equal(text, "abc", 3);
    assert_int_equal(byte_ring_peek_at(&consumer, 4, text, 8), 2);
    assert_memory_equal(text, "ef", 2);
    assert_int_equal(byte_ring_peek_at(&consumer, 6, text, 8), 0);
    assert_int_equal(byte_ring_peek_at(&consumer, 100, text, 8), 0);
    assert_true(byte_ring_prepare_sleep_behind(&consumer, 6));
    assert_true(byte_ring_consumer_sleeps(&producer));
    assert_false(byte_ring_prepare_sleep_behind(&consumer, 5));
    byte_ring_skip(&consumer, 1000);
    assert_int_equal(byte_ring_used(&consumer), 0);
}

static void a_lying_peer_of_a_byte_ring_gets_nothing(void **state)
{
    struct byte_ring producer, consumer;
    char text[64];
    (void)state;
    make_byte_ring(&producer, &consumer);
    consumer.header->tail = 65;
    assert_int_equal(byte_ring_read(&consumer, text, sizeof text), 0);
    producer.header->head = 0xffffff00;
    assert_false(byte_ring_write(&producer, text, 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entries_come_out_in_order_past_many_wraps),
        cmocka_unit_test(a_full_ring_refuses_and_an_empty_one_gives_nothing),
        cmocka_unit_test(a_sleeper_is_woken_once),
        cmocka_unit_test(a_peer_that_lies_moves_no_entry_and_reaches_no_other_memory),
        cmocka_unit_test(a_ring_of_other_sizes_is_not_attached),
        cmocka_unit_test(bytes_come_out_in_order_past_many_wraps),
        cmocka_unit_test(a_write_is_all_or_nothing_and_asks_for_room),
        cmocka_unit_test(peeking_leaves_bytes_and_sees_behind_an_offset),
        cmocka_unit_test(a_lying_peer_of_a_byte_ring_gets_nothing),
    };
    return cmocka_run_group_tests_name("ring", tests, NULL, NULL);
}
