/*
 * The pager's side of a policy in a task: whatever comes back from the task, no page is lost, and
 * a group whose policy goes wrong goes on without it.
 */
#include "../../pager/accessed.h"
#include "../../pager/policy_task.h"
#include "frames_world.h"
#include "host_test.h"

#include <quire/errno.h>
#include <stdlib.h>
#include <string.h>

#define MEGABYTE (1ull << 20)
#define LIMIT 60
#define MEMORY_PAGES 150

static struct group *group;
static int64_t (*peer)(struct message *message);
static unsigned calls;

static struct policy_area *area(void)
{
    struct policy_task *task = group->policy.task;
    return task->area;
}

/* INIT comes before the group has the instance; it is always answered. */
static int64_t answer(struct message *message)
{
    calls++;
    if (TAG_LABEL(message->tag) != HOOK_INIT)
        return peer(message);
    message->tag = MAKE_TAG(POLICY_DONE, 3, 0);
    memset(message->words, 0, sizeof message->words);
    return KERNEL_OK;
}

static void done(struct message *message, uint64_t result)
{
    message->tag = MAKE_TAG(POLICY_DONE, 3, 0);
    message->words[0] = result;
    message->words[POLICY_REPLY_LOGGED] = 0;
}

/* Writes and checks memory that pages. */
static void work(struct program *program, int steps)
{
    static uint64_t versions[MEMORY_PAGES];
    memset(versions, 0, sizeof versions);
    for (int step = 0; step < steps; step++) {
        uint64_t page = (uint64_t)rand() % MEMORY_PAGES;
        program_access(program, page, true);
        uint64_t *memory = program_memory(program, page);
        if (memory == NULL)
            continue; /* evicted in the background, at once */
        /* This world does not zero pages. */
        if (versions[page] != 0)
            assert_int_equal(*memory, versions[page] * MEMORY_PAGES + page);
        *memory = ++versions[page] * MEMORY_PAGES + page;
    }
    world_settle();
    world_check();
}

static void begin(const char *policy, int64_t (*who)(struct message *message))
{
    int32_t error;
    world_begin(16 * MEGABYTE, 1024);
    fake_policy_tasks = true;
    fake_call = answer;
    peer = who;
    calls = 0;
    group = group_create(0, LIMIT, policy, &error);
    assert_non_null(group);
    assert_non_null(group->policy.task);
    assert_int_equal(group_counters(group)->policy_in_task, 1);
}

static void end(void)
{
    /* One that looks at nothing when the pages go: posted clears would outlive this world. */
    assert_int_equal(group_set_policy(group, "fifo task=no", 12), 0);
    accessed_post_clears();
    world_end();
    fake_call = NULL;
}

/* ---------------------------------------------------------------- a peer that lies */

static uint32_t any_frame(void)
{
    switch (rand() % 4) {
    case 0: return (uint32_t)rand() * 2654435761u;
    case 1: return UINT32_MAX;
    default: return (uint32_t)((uint64_t)rand() % frame_pool.frame_limit);
    }
}

static void scribble(void)
{
    uint8_t *bytes = (uint8_t *)area();
    for (size_t i = 0; i < sizeof *area(); i++)
        bytes[i] = (uint8_t)rand();
    for (int i = 0; i < POLICY_EXPORT_MAX; i++)
        area()->frames[i] = any_frame();
    for (int i = 0; i < POLICY_HINTS_MAX; i++)
        area()->hints[i] = any_frame();
    for (int i = 0; i < POLICY_LOG_MAX; i++) {
        area()->log[i].frame = any_frame();
        area()->log[i].question = (uint32_t)(POLICY_LOOKED + rand() % 2);
    }
}

static uint64_t any_count(uint64_t max, int seldom)
{
    return rand() % seldom == 0 ? (uint64_t)rand() << rand() % 34 : (uint64_t)rand() % (max + 1);
}

static int64_t lie(struct message *message)
{
    scribble();
    if (rand() % 4000 == 0)
        return ERROR_DEAD;
    uint32_t label = rand() % 3000 == 0 ? (uint32_t)rand() : POLICY_DONE + (uint32_t)rand() % 3;
    message->tag = MAKE_TAG(label, 3, 0);
    message->words[0] = label == POLICY_DONE ? any_count(POLICY_VICTIMS_MAX, 50) : any_frame();
    message->words[1] =
        label == POLICY_LOOKED ? any_count(POLICY_HINTS_MAX, 5000) : (uint64_t)rand();
    message->words[2] = rand() % 20 == 0 ? any_count(POLICY_LOG_MAX, 500) : 0;
    return KERNEL_OK;
}

static void no_answer_of_a_task_loses_a_page(void **state)
{
    unsigned contained = 0, served = 0;
    (void)state;
    for (unsigned seed = 0; seed < 60; seed++) {
        srand(seed);
        begin(seed % 2 == 0 ? "sieve task=yes" : "wsclock,task=yes", lie);
        struct program *program = program_begin(group);
        work(program, 400);
        served += group->policy.task != NULL;
        contained += (unsigned)group_counters(group)->contained;
        assert_true(group_counters(group)->resident_peak <= LIMIT);
        assert_int_equal(group_counters(group)->contained, group->policy.task == NULL);
        assert_int_equal(group_counters(group)->policy_in_task, group->policy.task != NULL);
        int32_t error = group_set_policy(group, "lirs task=no", 12);
        assert_int_equal(error, 0);
        work(program, 200);
        end();
    }
    assert_true(contained > 5 && served > 5);
}

/* ---------------------------------------------------------------- single faults */

static uint32_t bad_label;
static uint64_t bad_words[3];

static int64_t answer_badly(struct message *message)
{
    message->tag = MAKE_TAG(bad_label, 3, 0);
    memcpy(message->words, bad_words, sizeof bad_words);
    return KERNEL_OK;
}

static void expect_contained(uint32_t label, uint64_t first, uint64_t second, uint64_t third,
                             const char *text)
{
    bad_label = label;
    bad_words[0] = first;
    bad_words[1] = second;
    bad_words[2] = third;
    begin("fifo task=yes", answer_badly);
    struct program *program = program_begin(group);
    work(program, 300);
    assert_null(group->policy.task);
    assert_string_equal(group_counters(group)->policy, "core");
    assert_int_equal(group_counters(group)->contained, 1);
    assert_non_null(strstr(fake_console, text));
    end();
}

static void what_is_no_answer_takes_the_policy_out(void **state)
{
    (void)state;
    expect_contained(99, 0, 0, 0, "answered what is no answer");
    expect_contained(HOOK_INIT, 0, 0, 0, "answered what is no answer");
    expect_contained(POLICY_DONE, 0, 0, POLICY_LOG_MAX + 1, "answered what is no answer");
    expect_contained(POLICY_LOOKED, 0, POLICY_HINTS_MAX + 1, 0, "answered what is no answer");
}

static void questions_without_end_take_the_policy_out(void **state)
{
    (void)state;
    expect_contained(POLICY_LOOKED, 7, 3, 0, "ran too long");
    expect_contained(POLICY_INFORMATION, UINT32_MAX, 0, 0, "ran too long");
    /* Those that it says it answered itself count as well. */
    expect_contained(POLICY_INFORMATION, 0, 0, POLICY_LOG_MAX, "ran too long");
}

static int64_t die(struct message *message)
{
    (void)message;
    return ERROR_DEAD;
}

static void a_task_that_cannot_be_called_takes_the_policy_out(void **state)
{
    (void)state;
    begin("clock task=yes", die);
    struct program *program = program_begin(group);
    work(program, 300);
    assert_string_equal(group_counters(group)->policy, "core");
    assert_true(calls <= 2);
    end();
}

/* ---------------------------------------------------------------- an honest peer */

static uint32_t order[1024];
static size_t length;
static bool learnt;

static void forget(uint32_t frame)
{
    for (size_t i = 0; i < length; i++) {
        if (order[i] == frame) {
            memmove(&order[i], &order[i + 1], (--length - i) * sizeof *order);
            return;
        }
    }
    fail_msg("frame %u was never inserted", frame);
}

/* FIFO, and it wants to know each page. */
static int64_t serve(struct message *message)
{
    static uint32_t asked = UINT32_MAX;
    size_t count;
    uint64_t first = message->words[1];
    switch (TAG_LABEL(message->tag)) {
    case HOOK_INSERT:
        for (uint64_t i = 0; i < first; i++) {
            const struct policy_task_event *event = &area()->events[i];
            if (!event->is_insert)
                continue;
            order[length++] = event->frame;
            learnt = event->known.is_known && event->known.is_resident &&
                     event->known.frame == event->frame;
        }
        if (length > 0 && !learnt) {
            asked = order[length - 1];
            message->tag = MAKE_TAG(POLICY_INFORMATION, 3, 0);
            message->words[0] = asked;
            message->words[POLICY_REPLY_LOGGED] = 0;
            return KERNEL_OK;
        }
        break;
    case POLICY_ANSWER: assert_true(area()->known.is_known && area()->known.frame == asked); break;
    case HOOK_REMOVE: forget((uint32_t)first); break;
    case HOOK_VICTIMS:
        for (count = 0; count < first && count < length; count++)
            area()->frames[count] = order[count];
        done(message, count);
        return KERNEL_OK;
    case HOOK_EXPORT:
        for (count = 0; count < message->words[2] && first + count < length; count++)
            area()->frames[count] = order[first + count];
        done(message, count);
        message->words[1] = first + count;
        return KERNEL_OK;
    default: break;
    }
    done(message, 0);
    return KERNEL_OK;
}

static void victims_are_those_that_the_task_names(void **state)
{
    (void)state;
    length = 0;
    learnt = false;
    begin("fifo task=yes", serve);
    struct program *program = program_begin(group);
    for (uint64_t page = 0; page < 3 * MEMORY_PAGES; page++)
        assert_true(program_access(program, page % MEMORY_PAGES, false));
    assert_int_equal(group_counters(group)->core_picked, 0);
    assert_int_equal(group_counters(group)->rejected, 0);
    assert_int_equal(length, group->in_policy);
    assert_true(learnt);
    end();
}

static void residency_leaves_a_task_in_its_order(void **state)
{
    (void)state;
    length = 0;
    learnt = false;
    begin("fifo task=yes", serve);
    struct program *program = program_begin(group);
    for (uint64_t page = 0; page < 50; page++)
        program_access(program, page, false);
    assert_int_equal(group_set_policy(group, "fifo task=no", 12), 0);
    assert_null(group->policy.task);
    assert_int_equal(length, 0);
    struct page *named[POLICY_VICTIMS_MAX];
    assert_int_equal(policy_victims(group, 20, named), 20);
    for (uint64_t i = 0; i < 20; i++)
        assert_int_equal(named[i]->owner.anonymous->index, i);
    end();
}

/* ---------------------------------------------------------------- asking for a task */

static void where_a_policy_runs_is_asked_for(void **state)
{
    (void)state;
    int32_t error;
    world_begin(16 * MEGABYTE, 0);
    assert_null(group_create(0, 0, "fifo task=yes", &error));
    assert_int_equal(error, -ENODEV);
    assert_null(group_create(0, 0, "fifo task=maybe", &error));
    assert_int_equal(error, -EINVAL);
    struct group *plain = group_create(0, 0, "fifo task=no", &error);
    assert_non_null(plain);
    assert_null(plain->policy.task);
    /* It is no parameter of a policy that runs. */
    assert_int_equal(group_set_policy(plain, "task=no", 7), -EINVAL);
    world_end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_answer_of_a_task_loses_a_page),
        cmocka_unit_test(what_is_no_answer_takes_the_policy_out),
        cmocka_unit_test(questions_without_end_take_the_policy_out),
        cmocka_unit_test(a_task_that_cannot_be_called_takes_the_policy_out),
        cmocka_unit_test(victims_are_those_that_the_task_names),
        cmocka_unit_test(residency_leaves_a_task_in_its_order),
        cmocka_unit_test(where_a_policy_runs_is_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
