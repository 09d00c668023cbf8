/*
 * The console's logic: records to bytes, typing to lines, scan codes to characters, text to
 * a grid.
 */
#include "host_test.h"

#include "keyboard.h"
#include "line.h"
#include "output.h"
#include "screen.h"

#include <stdlib.h>
#include <string.h>

#define RING_CAPACITY 256u

static struct {
    _Alignas(64) uint8_t memory[sizeof(struct byte_ring_header) + 8192];
} shared;
static struct byte_ring producer, consumer;

static void make_ring(uint32_t capacity)
{
    byte_ring_format(shared.memory, capacity);
    assert_true(byte_ring_attach(&producer, shared.memory, capacity));
    assert_true(byte_ring_attach(&consumer, shared.memory, capacity));
}

/* ---------------------------------------------------------------- output */

static bool put_record(const char *text)
{
    uint8_t record[300] = {0};
    uint32_t length = (uint32_t)strlen(text);
    memcpy(record, &length, 4);
    memcpy(record + 4, text, length);
    return byte_ring_write(&producer, record, 4 + ((length + 3) & ~3u));
}

static void expect_text(struct output *output, const char *text)
{
    uint8_t byte;
    for (; *text != '\0'; text++) {
        assert_true(output_next(output, &byte));
        assert_int_equal(byte, *text);
    }
}

static void records_become_text_without_their_padding(void **state)
{
    struct output output;
    uint8_t byte;
    (void)state;
    make_ring(RING_CAPACITY);
    output_initialize(&output, &consumer);
    for (int round = 0; round < 100; round++) {
        assert_true(put_record("a") && put_record("") && put_record("four") && put_record("hello"));
        expect_text(&output, "a");
        assert_true(output_at_boundary(&output));
        expect_text(&output, "fourhe");
        assert_false(output_at_boundary(&output));
        output_release(&output); /* in the middle of a record */
        expect_text(&output, "llo");
        assert_false(output_next(&output, &byte));
        output_release(&output);
        assert_int_equal(byte_ring_used(&consumer), 0);
    }
}

static void bytes_stay_in_the_ring_until_they_are_released(void **state)
{
    struct output output;
    (void)state;
    make_ring(RING_CAPACITY);
    output_initialize(&output, &consumer);
    put_record("12345678");
    expect_text(&output, "12345678");
    assert_int_equal(byte_ring_used(&consumer), 12);
    assert_true(output_prepare_sleep(&output)); /* nothing more to hand out */
    put_record("more");
    assert_true(byte_ring_consumer_sleeps(&producer));
    assert_false(output_prepare_sleep(&output));
    assert_false(output_release(&output)); /* nobody waits */
    assert_int_equal(byte_ring_used(&consumer), 8);
}

static void a_waiting_writer_is_told_in_halves(void **state)
{
    struct output output;
    uint8_t byte;
    unsigned told = 0;
    (void)state;
    make_ring(RING_CAPACITY);
    output_initialize(&output, &consumer);
    while (put_record("12345678")) {}
    while (output_next(&output, &byte)) {
        if (output_release(&output)) {
            told++;
            /* not enough for it yet: it goes on waiting */
            consumer.header->producer_waits = 1;
        }
    }
    assert_true(told >= 2 && told <= 9);
    consumer.header->producer_waits = 0;
    assert_true(put_record("x"));
}

static void a_broken_record_costs_only_what_is_in_the_ring(void **state)
{
    struct output output;
    uint8_t byte;
    (void)state;
    make_ring(RING_CAPACITY);
    output_initialize(&output, &consumer);
    byte_ring_write(&producer, "\xff\xff\xff\xff garbage", 12);
    assert_false(output_next(&output, &byte));
    put_record("good");
    expect_text(&output, "good");
}

static void half_a_record_waits_for_the_rest(void **state)
{
    struct output output;
    uint8_t byte;
    (void)state;
    make_ring(RING_CAPACITY);
    output_initialize(&output, &consumer);
    byte_ring_write(&producer, "\4\0\0\0", 4);
    assert_false(output_next(&output, &byte));
    assert_true(output_prepare_sleep(&output));
    byte_ring_write(&producer, "late", 4);
    assert_true(byte_ring_consumer_sleeps(&producer));
    expect_text(&output, "late");
}

/* ---------------------------------------------------------------- input */

static char echoed[16384];
static size_t echoed_length;
static struct line line;

static void echo(void *context, const char *bytes, size_t length)
{
    assert_null(context);
    memcpy(echoed + echoed_length, bytes, length);
    echoed_length += length;
}

static void make_line(uint32_t capacity)
{
    make_ring(capacity);
    echoed_length = 0;
    line_initialize(&line, &producer, echo, NULL);
}

static bool type(const char *text)
{
    bool notify = false;
    for (; *text != '\0'; text++)
        notify |= line_input(&line, *text);
    return notify;
}

static void expect_line(const char *text)
{
    char bytes[8192];
    size_t length = byte_ring_read(&consumer, bytes, sizeof bytes);
    assert_int_equal(length, strlen(text));
    assert_memory_equal(bytes, text, length);
}

static void typed_lines_arrive_whole_and_edited(void **state)
{
    (void)state;
    make_line(8192);
    assert_true(byte_ring_prepare_sleep(&consumer));
    assert_false(type("helo\b\blo"));
    expect_line("");
    assert_true(byte_ring_prepare_sleep(&consumer));
    assert_true(type(" world\r"));
    expect_line("helo world\n");
    assert_memory_equal(echoed, "helo\b \b\b \blo world\n", echoed_length);
    type("gone\025new\177\177\177\177\177t\n");
    expect_line("t\n");
    type("two words\027one\n");
    expect_line("two one\n");
    type("gr\303\274\177\177ab\n"); /* a character of two bytes goes at once */
    expect_line("gab\n");
}

static void control_d_ends_the_line_or_the_file(void **state)
{
    (void)state;
    make_line(8192);
    type("half\004");
    expect_line("half");
    type("\004");
    expect_line("\004");
    type("after\n");
    expect_line("after\n");
    type("no\001\033controls\n");
    expect_line("nocontrols\n");
}

static void a_line_that_does_not_fit_waits_and_blocks(void **state)
{
    (void)state;
    make_line(16);
    type("123456789\n");
    assert_false(line_is_blocked(&line));
    type("abcdefgh\n");
    assert_true(line_is_blocked(&line));
    type("lost");
    assert_false(line_retry(&line));
    expect_line("123456789\n");
    assert_true(byte_ring_producer_waits(&consumer));
    line_retry(&line);
    assert_false(line_is_blocked(&line));
    expect_line("abcdefgh\n");
}

static void too_long_a_line_is_cut_and_rings(void **state)
{
    (void)state;
    make_line(8192);
    for (int i = 0; i < LINE_BYTES_MAX + 10; i++)
        type("x");
    assert_int_equal(echoed[echoed_length - 1], '\a');
    type("\n");
    assert_int_equal(byte_ring_used(&consumer), LINE_BYTES_MAX);
}

/* ---------------------------------------------------------------- keyboard */

static void expect_keys(const char *codes, size_t count, const char *text)
{
    static struct keymap keymap;
    char typed[64];
    size_t length = 0;
    for (size_t i = 0; i < count; i++) {
        int character = keymap_character(&keymap, (uint8_t)codes[i]);
        if (character >= 0)
            typed[length++] = (char)character;
    }
    assert_int_equal(length, strlen(text));
    assert_memory_equal(typed, text, length);
}
#define KEYS(codes, text) expect_keys(codes, sizeof codes - 1, text)

static void scan_codes_become_characters(void **state)
{
    (void)state;
    KEYS("\x1e\x9e\x02\x82\x39\xb9\x1c\x9c", "a1 \n");
    KEYS("\x2a\x1e\x9e\x02\x82\xaa\x1e\x9e", "A!a");          /* left shift */
    KEYS("\x36\x28\xa8\xb6\x28", "\"'");                      /* right shift */
    KEYS("\x3a\xba\x1e\x02\x2a\x1e\xaa\x3a\xba\x1e", "A1aa"); /* caps lock: letters only */
    KEYS("\x1d\x20\xa0\x16\x9d\x20", "\x04\x15"
                                     "d"); /* control */
    KEYS("\xe0\x1d\x20\xe0\x9d\x20", "\x04"
                                     "d");                     /* right control */
    KEYS("\xe0\x48\xe0\xc8\xe0\x2a\xe0\x4b\xe0\xaa\x1e", "a"); /* arrows, fake shifts */
    KEYS("\xe0\x35\xe0\x1c\xe0\x53", "/\n\x7f");
    KEYS("\xe1\x1d\x45\xe1\x9d\xc5\x1e", "a"); /* Pause */
    KEYS("\x3b\x3c\x57\x7f\xff\x1e", "a");     /* function keys and nonsense */
}

/* ---------------------------------------------------------------- screen */

#define COLUMNS 10u
#define ROWS 4u
static uint16_t drawn[ROWS][COLUMNS], cells[ROWS * COLUMNS], shown[ROWS * COLUMNS];
static unsigned draws;
static uint32_t cursor_column, cursor_row;

static void draw(const struct display *display, uint32_t column, uint32_t row, uint16_t character)
{
    (void)display;
    assert_true(column < COLUMNS && row < ROWS);
    drawn[row][column] = character;
    draws++;
}

static void move_cursor(const struct display *display, uint32_t column, uint32_t row)
{
    (void)display;
    assert_true(column < COLUMNS && row < ROWS);
    cursor_column = column;
    cursor_row = row;
}

static struct screen screen;

static void show(const char *text)
{
    for (; *text != '\0'; text++)
        screen_put(&screen, (uint8_t)*text);
    screen_refresh(&screen);
}

static void expect_rows(const char *first, const char *second, const char *third,
                        const char *fourth)
{
    const char *rows[ROWS] = {first, second, third, fourth};
    for (unsigned row = 0; row < ROWS; row++)
        for (unsigned column = 0; column < COLUMNS; column++)
            assert_int_equal(drawn[row][column],
                             column < strlen(rows[row]) ? (uint16_t)rows[row][column] : ' ');
}

static void make_screen(void)
{
    screen.display =
        (struct display){.columns = COLUMNS, .rows = ROWS, .draw = draw, .cursor = move_cursor};
    memset(drawn, 0xee, sizeof drawn);
    screen_initialize(&screen, cells, shown);
}

static void text_wraps_and_scrolls(void **state)
{
    (void)state;
    make_screen();
    show("hello\n0123456789\nnext");
    expect_rows("hello", "0123456789", "next", "");
    assert_int_equal(cursor_column, 4);
    assert_int_equal(cursor_row, 2);
    show(" 56789abc\nx");
    expect_rows("0123456789", "next 56789", "abc", "x");
    show("\rab\tc\b\bd");
    expect_rows("0123456789", "next 56789", "abc", "ab     dc");
}

static void only_changed_cells_are_drawn(void **state)
{
    (void)state;
    make_screen();
    show("abc");
    draws = 0;
    show("d");
    assert_int_equal(draws, 1);
    screen_refresh(&screen);
    assert_int_equal(draws, 1);
}

static void escapes_are_passed_over_and_utf8_is_decoded(void **state)
{
    (void)state;
    make_screen();
    show("a\033[1;31mb\033[0mc\033Md");
    expect_rows("abcd", "", "", "");
    show("\r\303\244\342\224\200\360\237\230\200\377\303x");
    static const uint16_t wanted[] = {0xe4, 0x2500, 0xfffd, 0xfffd, 0xfffd, 'x'};
    assert_memory_equal(drawn[0], wanted, sizeof wanted);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_become_text_without_their_padding),
        cmocka_unit_test(bytes_stay_in_the_ring_until_they_are_released),
        cmocka_unit_test(a_waiting_writer_is_told_in_halves),
        cmocka_unit_test(a_broken_record_costs_only_what_is_in_the_ring),
        cmocka_unit_test(half_a_record_waits_for_the_rest),
        cmocka_unit_test(typed_lines_arrive_whole_and_edited),
        cmocka_unit_test(control_d_ends_the_line_or_the_file),
        cmocka_unit_test(a_line_that_does_not_fit_waits_and_blocks),
        cmocka_unit_test(too_long_a_line_is_cut_and_rings),
        cmocka_unit_test(scan_codes_become_characters),
        cmocka_unit_test(text_wraps_and_scrolls),
        cmocka_unit_test(only_changed_cells_are_drawn),
        cmocka_unit_test(escapes_are_passed_over_and_utf8_is_decoded),
    };
    return cmocka_run_group_tests_name("console", tests, NULL, NULL);
}
