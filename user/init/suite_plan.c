/*
 * The plan of the suite: the tests that only= picks, in the manifest's order or shuffled, in
 * one round or several.
 *
 * Round r of shuffle=S is in the order of shuffle=(S + r), so that any round can be had again
 * by itself.
 */
#include "init.h"
#include "suite.h"

#include <quire/system_call.h>
#include <string.h>

#define ONLY_BYTES 1024 /* as long as a command line */

static struct {
    struct suite_test *tests;
    uint32_t *order; /* indices of `tests` */
    uint32_t count, next;
    uint64_t round, rounds;
    bool shuffled;
    uint64_t seed;
    char only[ONLY_BYTES];
} plan;

/* Whether only= names the test, or names none. A line that cannot be read always counts. */
static bool is_picked(const struct suite_test *test)
{
    size_t length = strlen(test->name);
    for (const char *list = plan.only; *list != '\0'; list += strspn(list, ",")) {
        size_t word = strcspn(list, ",");
        if (word == length && memcmp(list, test->name, length) == 0)
            return true;
        list += word;
    }
    /* A test that powers the machine off runs only when it is asked for. */
    return test->mistake != NULL || (plan.only[0] == '\0' && test->check != SUITE_CHECK_HALT);
}

static bool is_planned(const char *name, size_t length)
{
    for (uint32_t index = 0; index < plan.count; index++)
        if (strlen(plan.tests[index].name) == length &&
            memcmp(plan.tests[index].name, name, length) == 0)
            return true;
    return false;
}

static void name_the_unknown(void)
{
    for (const char *list = plan.only; *list != '\0'; list += strspn(list, ",")) {
        size_t length = strcspn(list, ",");
        if (!is_planned(list, length))
            print("# no test is called %.*s\n", (int)length, list);
        list += length;
    }
}

/* SplitMix64 (Steele, Lea, Flood 2014). */
static uint64_t random_next(uint64_t *state)
{
    uint64_t value = *state += 0x9e3779b97f4a7c15ull;
    value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9ull;
    value = (value ^ (value >> 27)) * 0x94d049bb133111ebull;
    return value ^ (value >> 31);
}

static void shuffle(uint64_t seed)
{
    uint64_t state = seed;
    for (uint32_t left = plan.count; left > 1; left--) {
        uint32_t chosen = (uint32_t)(random_next(&state) % left);
        uint32_t index = plan.order[chosen];
        plan.order[chosen] = plan.order[left - 1];
        plan.order[left - 1] = index;
    }
}

static void start_round(void)
{
    plan.next = 0;
    for (uint32_t index = 0; index < plan.count; index++)
        plan.order[index] = index;
    if (plan.round > 0)
        print("# round %lu\n", (unsigned long)plan.round + 1);
    if (plan.shuffled) {
        shuffle(plan.seed + plan.round);
        print("# shuffle=%lu\n", (unsigned long)(plan.seed + plan.round));
    }
}

bool suite_plan_make(void *text, size_t length)
{
    uint32_t lines = 1;
    for (size_t index = 0; index < length; index++)
        lines += ((const char *)text)[index] == '\n';
    plan.tests = memory_allocate(lines * sizeof *plan.tests);
    plan.order = memory_allocate(lines * sizeof *plan.order);
    if (plan.tests == NULL || plan.order == NULL)
        return false;

    if (!option_value("only", plan.only, sizeof plan.only))
        plan.only[0] = '\0';
    plan.rounds = option_given("repeat") ? option_number("repeat", UINT64_MAX) : 1;
    plan.shuffled = option_given("shuffle");
    /* No seed given: one that is short to type, of the time since power-on. */
    plan.seed = option_number("shuffle", sys_clock_read() % 1000000);

    char *rest = text;
    while (suite_manifest_next(&rest, &plan.tests[plan.count]))
        if (is_picked(&plan.tests[plan.count]))
            plan.count++;
    name_the_unknown();
    start_round();
    return true;
}

struct suite_test *suite_plan_next(bool failed)
{
    /* Who repeats wants the failure at the end of the log. */
    if (failed && plan.rounds > 1)
        return NULL;
    if (plan.next == plan.count) {
        if (plan.count == 0 || plan.round + 1 >= plan.rounds)
            return NULL;
        plan.round++;
        start_round();
    }
    return &plan.tests[plan.order[plan.next++]];
}

struct suite_test *suite_plan_tests(uint32_t *count)
{
    *count = plan.count;
    return plan.tests;
}
