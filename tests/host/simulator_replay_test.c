/*
 * Replay: a recorded run is repeated call by call, and the first thing that the policies here do
 * otherwise than those of the guest is named with its offset.
 */
#include "host_test.h"

#include "policy/policy.h"
#include "replay.h"
#include "simulator_recording.h"

#include <stdlib.h>

#define GROUP 1
#define MEMORY_MAX (16u << 20)

static bool replay(const struct recording *recording, char **text, struct failure *failure)
{
    struct byte_source source;
    size_t length;
    FILE *out = open_memstream(text, &length);
    assert_non_null(out);
    failure->text[0] = '\0';
    assert_true(source_open_memory(&source, recording->bytes, recording->length, failure));
    bool good = replay_run(&source, MEMORY_MAX, out, failure);
    source_close(&source);
    fclose(out);
    return good;
}

static void expect_same(const struct recording *recording, const char *rows)
{
    char *text;
    struct failure failure;
    if (!replay(recording, &text, &failure))
        fail_msg("%s", failure.text);
    assert_string_equal(strchr(text, '\n') + 1, rows);
    free(text);
}

static void expect_difference(const struct recording *recording, const char *what)
{
    char *text;
    struct failure failure;
    assert_false(replay(recording, &text, &failure));
    if (strstr(failure.text, what) == NULL || strstr(failure.text, "offset ") == NULL)
        fail_msg("'%s' lacks '%s'", failure.text, what);
    free(text);
}

static void begin_group(struct recording *recording, const char *policy)
{
    begin_recording(recording);
    add_text_record(recording, TRACE_GROUP_CREATE, (const uint64_t[]){GROUP, 0, 8, 8, 77, 0}, 6,
                    policy);
}

static void insert(struct recording *recording, uint64_t frame)
{
    RECORD(recording, TRACE_INSERT, frame, POLICY_DEMAND, 5, frame);
}

/* Clock with frames 10, 11, 12: the Accessed bit of 10 is set, so 11 is the victim. */
static void record_clock(struct recording *recording, uint64_t victim, uint64_t looked_at)
{
    begin_group(recording, "clock");
    for (uint64_t frame = 10; frame < 13; frame++)
        insert(recording, frame);
    RECORD(recording, TRACE_VICTIMS, 1);
    RECORD(recording, TRACE_LOOK, 10, 1);
    RECORD(recording, TRACE_LOOK, looked_at, 0);
    RECORD(recording, TRACE_NAMED, 1, victim);
    RECORD(recording, TRACE_REMOVE, victim, POLICY_EVICTED);
}

static void end_group(struct recording *recording, uint64_t virtual_time, uint64_t looks)
{
    RECORD(recording, TRACE_GROUP_COUNTS, GROUP, virtual_time, 1, 3, 0, 1, looks, 0, 0, 0, 2);
    end_recording(recording, 0);
}

static void the_same_answers_give_the_counters_of_the_guest(void **state)
{
    (void)state;
    struct recording recording;
    record_clock(&recording, 11, 11);
    end_group(&recording, 4, 2);
    expect_same(&recording, "clock,1,4,1,3,0,1,2,0,0,0,2\n");
}

static void another_victim_question_or_counter_is_a_difference(void **state)
{
    (void)state;
    struct recording recording;
    record_clock(&recording, 12, 11);
    end_group(&recording, 4, 2);
    expect_difference(&recording, "a page named, frame: here 11, in the guest 12");
    record_clock(&recording, 11, 12);
    end_group(&recording, 4, 2);
    expect_difference(&recording, "a question about frame: here 11, in the guest 12");
    record_clock(&recording, 11, 11);
    end_group(&recording, 5, 2);
    expect_difference(&recording, "virtual_time: here 4, in the guest 5");
    record_clock(&recording, 11, 11);
    RECORD(&recording, TRACE_COOKIE, 9);
    end_group(&recording, 4, 2);
    expect_difference(&recording, "a cookie: here 0, in the guest 9");
    record_clock(&recording, 11, 11);
    RECORD(&recording, TRACE_LOOK, 10, 1);
    end_group(&recording, 4, 2);
    expect_difference(&recording, "nothing asked or said");
}

static void a_change_of_policy_is_repeated(void **state)
{
    (void)state;
    struct recording recording;
    record_clock(&recording, 11, 11);
    add_text_record(&recording, TRACE_SWITCH, (const uint64_t[]){8, 78}, 2, "fifo");
    RECORD(&recording, TRACE_REMOVE, 12, POLICY_ABANDONED);
    RECORD(&recording, TRACE_REMOVE, 10, POLICY_ABANDONED);
    RECORD(&recording, TRACE_SWITCHED, 0);
    RECORD(&recording, TRACE_INSERT, 12, POLICY_ADOPT, 5, 12);
    RECORD(&recording, TRACE_INSERT, 10, POLICY_ADOPT, 5, 10, 0, 0, 0, 0, 0, 1);
    RECORD(&recording, TRACE_SWITCH_DONE, 0);
    RECORD(&recording, TRACE_VICTIMS, 1);
    RECORD(&recording, TRACE_NAMED, 1, 12);
    RECORD(&recording, TRACE_OUTCOME, 12, POLICY_REJECTED);
    RECORD(&recording, TRACE_VICTIMS, 1);
    RECORD(&recording, TRACE_NAMED, 1, 10);
    RECORD(&recording, TRACE_GROUP_COUNTS, GROUP, 4, 1, 3, 0, 1, 2, 1, 0, 0, 2);
    end_recording(&recording, 0);
    expect_same(&recording, "fifo,1,4,1,3,0,1,2,1,0,0,2\n");
}

static void impossible_calls_are_refused(void **state)
{
    (void)state;
    struct recording recording;
    begin_group(&recording, "no-such-policy");
    end_recording(&recording, 0);
    expect_difference(&recording, "'no-such-policy'");
    begin_group(&recording, "fifo");
    insert(&recording, 10);
    insert(&recording, 10);
    end_recording(&recording, 0);
    expect_difference(&recording, "occupied frame");
    begin_group(&recording, "fifo");
    RECORD(&recording, TRACE_REMOVE, 10, POLICY_EVICTED);
    end_recording(&recording, 0);
    expect_difference(&recording, "a page that is in group");
    begin_group(&recording, "fifo");
    RECORD(&recording, TRACE_GROUP, 9);
    end_recording(&recording, 0);
    expect_difference(&recording, "a group that is not there");
    begin_group(&recording, "fifo");
    RECORD(&recording, TRACE_SWITCHED, 0);
    end_recording(&recording, 0);
    expect_difference(&recording, "not begun");
    begin_group(&recording, "fifo");
    RECORD(&recording, TRACE_DROPPED, 4);
    end_recording(&recording, 4);
    expect_difference(&recording, "4 records are missing");
}

static void calls_that_the_pager_never_makes_are_refused(void **state)
{
    (void)state;
    struct recording recording;
    begin_group(&recording, "clock");
    RECORD(&recording, TRACE_INSERT, 1, POLICY_ADOPT + 1, 5, 1);
    expect_difference(&recording, "the last value");
    begin_group(&recording, "clock");
    insert(&recording, 1);
    RECORD(&recording, TRACE_REMOVE, 1, POLICY_ABANDONED + 1);
    expect_difference(&recording, "the last value");
    begin_group(&recording, "lru-aging");
    RECORD(&recording, TRACE_TICK, 1ull << 40);
    expect_difference(&recording, "steps of a tick");
    begin_group(&recording, "clock");
    insert(&recording, 1);
    RECORD(&recording, TRACE_GROUP_DESTROY, GROUP);
    expect_difference(&recording, "pages left at the end of a group");
    begin_group(&recording, "clock");
    insert(&recording, 1);
    add_text_record(&recording, TRACE_SWITCH, (const uint64_t[]){8, 1}, 2, "fifo");
    RECORD(&recording, TRACE_SWITCHED, 0);
    expect_difference(&recording, "pages left with the old policy");
    begin_group(&recording, "clock");
    add_text_record(&recording, TRACE_GROUP_CREATE, (const uint64_t[]){GROUP, 0, 8, 8, 77, 0}, 6,
                    "clock");
    expect_difference(&recording, "no second group");
}

static void a_capacity_that_takes_too_much_memory_is_refused(void **state)
{
    (void)state;
    struct recording recording;
    begin_recording(&recording);
    add_text_record(&recording, TRACE_GROUP_CREATE,
                    (const uint64_t[]){GROUP, 0, 0, UINT32_MAX, 1, 0}, 6, "arc");
    expect_difference(&recording, "memory for a policy");
    begin_recording(&recording);
    add_text_record(&recording, TRACE_GROUP_CREATE, (const uint64_t[]){GROUP, 0, 0, 0, 1, 0}, 6,
                    "clock");
    expect_difference(&recording, "a capacity, at least");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_answers_give_the_counters_of_the_guest),
        cmocka_unit_test(another_victim_question_or_counter_is_a_difference),
        cmocka_unit_test(a_change_of_policy_is_repeated),
        cmocka_unit_test(impossible_calls_are_refused),
        cmocka_unit_test(calls_that_the_pager_never_makes_are_refused),
        cmocka_unit_test(a_capacity_that_takes_too_much_memory_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
