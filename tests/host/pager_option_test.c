/* The words of the kernel command line. */
#include "option.h"
#include "pager_services_fake.h"
#include "services.h"

#include <string.h>

static void words_and_values_are_found(void **state)
{
    (void)state;
    assert_true(options_parse("suite  frames=200 policy=fifo"));
    assert_string_equal(option_text("suite"), "");
    assert_string_equal(option_text("frames"), "200");
    assert_string_equal(option_text("policy"), "fifo");
    assert_null(option_text("shell"));
    assert_null(option_text("frame"));
    assert_int_equal(option_number("frames", 7), 200);
    assert_int_equal(option_number("ramswap", 7), 7);
}

static void the_last_of_equal_words_counts(void **state)
{
    (void)state;
    options_parse("policy=clock policy=fifo");
    assert_string_equal(option_text("policy"), "fifo");
}

static void sizes_have_suffixes_and_bad_numbers_are_refused(void **state)
{
    (void)state;
    uint64_t value = 0;
    assert_true(option_parse_number("64M", &value));
    assert_int_equal(value, 64u << 20);
    assert_true(option_parse_number("2k", &value));
    assert_int_equal(value, 2048);
    assert_true(option_parse_number("1G", &value));
    assert_int_equal(value, 1u << 30);
    const char *bad[] = {"", "M", "12x", "1MM", "-1", "99999999999999999999", "17179869184G"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(option_parse_number(bad[i], &value));
    options_parse("frames=many");
    assert_int_equal(option_number("frames", 5), 5);
}

static void the_program_behind_the_dashes_is_not_options(void **state)
{
    (void)state;
    options_parse("exit-port -- cat suite frames=3");
    assert_non_null(option_text("exit-port"));
    assert_null(option_text("suite"));
    assert_null(option_text("frames"));
    options_warn();
    assert_int_equal(messages, 0);
}

static void an_unknown_word_gets_one_warning(void **state)
{
    (void)state;
    options_parse("suite colour=red");
    options_warn();
    assert_int_equal(messages, 1);
    assert_string_equal(last_message, "unknown option 'colour=red'");
}

static void a_value_too_few_or_too_many_is_told(void **state)
{
    (void)state;
    options_parse("policy");
    options_warn();
    assert_string_equal(last_message, "option 'policy' needs a value");
    options_parse("suite=yes");
    options_warn();
    assert_string_equal(last_message, "option 'suite' takes no value");
}

static void a_line_that_is_too_long_is_cut_and_told(void **state)
{
    (void)state;
    char line[COMMAND_LINE_BYTES + 100];
    memset(line, 'x', sizeof line);
    line[sizeof line - 1] = '\0';
    assert_false(options_parse(line));
    assert_int_equal(strlen(options_command_line()), COMMAND_LINE_BYTES - 1);
    for (size_t i = 1; i < sizeof line - 1; i += 2)
        line[i] = ' ';
    assert_false(options_parse(line));
    options_warn();
    assert_int_equal(messages, COMMAND_LINE_BYTES / 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(words_and_values_are_found, services_reset),
        cmocka_unit_test_setup(the_last_of_equal_words_counts, services_reset),
        cmocka_unit_test_setup(sizes_have_suffixes_and_bad_numbers_are_refused, services_reset),
        cmocka_unit_test_setup(the_program_behind_the_dashes_is_not_options, services_reset),
        cmocka_unit_test_setup(an_unknown_word_gets_one_warning, services_reset),
        cmocka_unit_test_setup(a_value_too_few_or_too_many_is_told, services_reset),
        cmocka_unit_test_setup(a_line_that_is_too_long_is_cut_and_told, services_reset),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
