/*
 * Numbers of traces, and policies that ask without end.
 */
#include "frames_world.h"
#include "host_test.h"

#include <quire/trace.h>
#include <string.h>

static void numbers_come_back(void **state)
{
    (void)state;
    for (unsigned shift = 0; shift < 64; shift++) {
        for (uint64_t less = 0; less < 2; less++) {
            uint8_t bytes[TRACE_NUMBER_BYTES];
            uint64_t number, written = (1ull << shift) - less;
            uint8_t *end = trace_put_number(bytes, written);
            assert_ptr_equal(trace_get_number(bytes, end, &number), end);
            assert_int_equal(number, written);
            assert_null(trace_get_number(bytes, end - 1, &number));
        }
    }
}

static void numbers_too_large_are_refused(void **state)
{
    (void)state;
    uint64_t number;
    uint8_t bytes[TRACE_NUMBER_BYTES + 1];
    memset(bytes, 0xff, sizeof bytes);
    assert_null(trace_get_number(bytes, bytes + sizeof bytes, &number));
    bytes[9] = 0x02; /* bit 64 */
    assert_null(trace_get_number(bytes, bytes + sizeof bytes, &number));
    bytes[9] = 0x01;
    assert_ptr_equal(trace_get_number(bytes, bytes + sizeof bytes, &number), bytes + 10);
    assert_int_equal(number, UINT64_MAX);
}

static struct policy_page *first_page;

static void begin(struct policy *policy)
{
    (void)policy;
    first_page = NULL;
}

static void insert(struct policy *policy, struct policy_page *page, enum policy_insert_why why,
                   const struct policy_insert_info *info)
{
    (void)policy, (void)why, (void)info;
    first_page = page;
}

static uint32_t forget(struct policy *policy, struct policy_page *page, enum policy_remove_why why)
{
    (void)policy, (void)page, (void)why;
    return 0;
}

static size_t ask_for_ever(struct policy *policy, size_t want, struct policy_page **out)
{
    (void)want, (void)out;
    for (;;)
        policy_looked(policy, first_page);
}

static const struct policy_ops curious = {
    .name = "curious", .init = begin, .insert = insert, .remove = forget, .victims = ask_for_ever};

static void a_policy_that_asks_without_end_is_taken_out(void **state)
{
    (void)state;
    world_begin(16ull << 20, 4096);
    int32_t error;
    struct group *group = group_create(0, 64, "fifo", &error);
    struct policy_request request = {&curious, "", 0, false};
    assert_int_equal(policy_switch(group, &request), 0);
    struct program *program = program_begin(group);
    for (uint64_t i = 0; i < 150; i++) {
        program_access(program, i, true);
        *program_memory(program, i) = i + 1;
    }
    for (uint64_t i = 0; i < 150; i++) {
        program_access(program, i, false);
        assert_int_equal(*program_memory(program, i), i + 1);
    }
    struct group_statistics *counters = group_counters(group);
    assert_int_equal(counters->contained, 1);
    assert_string_equal(counters->policy, "core");
    assert_non_null(strstr(fake_console, "curious of group"));
    assert_true(counters->resident <= 64 && counters->core_picked > 100);
    /* Any policy may follow. */
    assert_int_equal(group_set_policy(group, "clock", 5), 0);
    for (uint64_t i = 0; i < 150; i++)
        program_access(program, i, false);
    assert_int_equal(counters->contained, 1);
    world_settle();
    world_end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_come_back),
        cmocka_unit_test(numbers_too_large_are_refused),
        cmocka_unit_test(a_policy_that_asks_without_end_is_taken_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
