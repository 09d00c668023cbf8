/*
 * The formatter: what printf promises, and the differences that its header names.
 */
#include "host_test.h"

#include <limits.h>
#include <quire/format.h>
#include <stdio.h>
#include <string.h>

/* Formats by both, ours and the host's, and compares text and length. */
#define SAME(...)                                                      \
    do {                                                               \
        char ours[256], theirs[256];                                   \
        size_t length = format_string(ours, sizeof ours, __VA_ARGS__); \
        int expected = snprintf(theirs, sizeof theirs, __VA_ARGS__);   \
        assert_string_equal(ours, theirs);                             \
        assert_int_equal(length, expected);                            \
    } while (0)

#define GIVES(text, ...)                               \
    do {                                               \
        char ours[256];                                \
        format_string(ours, sizeof ours, __VA_ARGS__); \
        assert_string_equal(ours, text);               \
    } while (0)

/* For the combinations that a compiler warns of. */
#pragma clang diagnostic ignored "-Wformat"
#pragma clang diagnostic ignored "-Wformat-extra-args"

static void integers_are_formatted_as_by_the_host(void **state)
{
    (void)state;
    static const char *const formats[] = {
        "%d",     "%5d",  "%-5d|", "%05d", "%+d", "% d",   "%.3d",   "%8.3d",   "%-8.3d|",
        "%08.3d", "%u",   "%x",    "%X",   "%#x", "%#10x", "%#010x", "%-#10x|", "%o",
        "%#o",    "%hhd", "%hhu",  "%hd",  "%hu", "%.0d",  "%#.5o",  "%+.0d",
    };
    static const int values[] = {0, 1, -1, 42, -42, 255, 256, 65535, 65536, INT_MAX, INT_MIN};
    for (size_t f = 0; f < sizeof formats / sizeof *formats; f++)
        for (size_t v = 0; v < sizeof values / sizeof *values; v++)
            SAME(formats[f], values[v]);
}

static void wide_integers_keep_all_bits(void **state)
{
    (void)state;
    SAME("%lld %llu %llx %lo", LLONG_MIN, ULLONG_MAX, ULLONG_MAX, ULONG_MAX);
    SAME("%ld %zu %zx %jd %td", LONG_MIN, SIZE_MAX, (size_t)0xdeadbeefcafe, INTMAX_MIN,
         (ptrdiff_t)-5);
}

static void strings_and_characters_obey_width_and_precision(void **state)
{
    (void)state;
    SAME("%s|%10s|%-10s|%.2s|%10.2s|%-10.2s|", "hello", "hello", "hello", "hello", "hello",
         "hello");
    SAME("%c|%5c|%-5c|", 'a', 'b', 'c');
    SAME("%*d|%-*d|%*d|", 6, 1, 6, 2, -6, 3);
    SAME("%.*s|%.*s|", 2, "hello", -1, "hello");
    SAME("%s", (const char *)NULL);
    SAME("100%%, %d%%", 5);
    /* A precision bounds how far a string is read. */
    const char unterminated[3] = {'a', 'b', 'c'};
    GIVES("abc", "%.3s", unterminated);
}

static void the_group_flag_puts_commas_between_thousands(void **state)
{
    (void)state;
    GIVES("0", "%'d", 0);
    GIVES("999", "%'d", 999);
    GIVES("1,000", "%'d", 1000);
    GIVES("-1,234,567", "%'d", -1234567);
    GIVES("18,446,744,073,709,551,615", "%'llu", ULLONG_MAX);
    GIVES("   1,234", "%'8d", 1234);
}

static void pointers_look_like_hexadecimal_numbers(void **state)
{
    (void)state;
    GIVES("0xdeadbeef", "%p", (void *)0xdeadbeef);
    GIVES("    0x10", "%8p", (void *)0x10);
    GIVES("0", "%p", NULL);
}

static void unknown_directives_are_copied(void **state)
{
    (void)state;
    GIVES("%y 5", "%y %d", 5);
    GIVES("tail %", "tail %");
    GIVES("tail %5", "tail %5");
    GIVES("%-", "%-");
}

static void output_never_passes_the_buffer(void **state)
{
    (void)state;
    char buffer[8];
    memset(buffer, '#', sizeof buffer);
    assert_int_equal(format_string(buffer, 4, "%s", "abcdefgh"), 8);
    assert_memory_equal(buffer, "abc\0####", 8);
    assert_int_equal(format_string(buffer, 1, "%d", 12345), 5);
    assert_int_equal(buffer[0], '\0');
    assert_int_equal(format_string(NULL, 0, "%d", 12345), 5);
    assert_int_equal(format_string(buffer, sizeof buffer, "%100000d", 1), 100000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(integers_are_formatted_as_by_the_host),
        cmocka_unit_test(wide_integers_keep_all_bits),
        cmocka_unit_test(strings_and_characters_obey_width_and_precision),
        cmocka_unit_test(the_group_flag_puts_commas_between_thousands),
        cmocka_unit_test(pointers_look_like_hexadecimal_numbers),
        cmocka_unit_test(unknown_directives_are_copied),
        cmocka_unit_test(output_never_passes_the_buffer),
    };
    return cmocka_run_group_tests_name("format", tests, NULL, NULL);
}
