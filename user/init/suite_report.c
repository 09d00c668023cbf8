/*
 * What the suite prints about its tests: TAP lines between the programs' own text, then a
 * table and the totals. With the word `tap` the console carries a TAP stream and nothing
 * else: programs' text is shown for tests that failed, as a block of the result.
 *
 *      ok 3 - NAME # time=12ms
 *      not ok 4 - NAME # time=5ms, it did not page
 */
#include "init.h"
#include "suite.h"

#include <quire/format.h>
#include <string.h>

#define LINE_MAX 900 /* longer lines of a transcript go in pieces: print() has its own limit */

static uint32_t number, passed, failed;
static bool quiet;

void suite_report_start(void)
{
    quiet = option_given("tap");
    if (quiet)
        print("TAP version 13\n");
}

bool suite_report_quiet(void)
{
    return quiet;
}

bool suite_report_failed(void)
{
    return failed > 0;
}

void suite_report_begin(const struct suite_test *test)
{
    if (!quiet)
        print("Executing '%s':\n", test->command);
}

void suite_report_end(const struct suite_test *test)
{
    if (!quiet)
        print("Execution of '%s' complete.\n", test->command);
}

/* A YAML block: the reason and the text that nobody has seen. */
static void print_block(const char *failure, const char *transcript)
{
    print("  ---\n  message: %s\n  transcript: |\n", failure);
    while (*transcript != '\0') {
        size_t length = strcspn(transcript, "\n");
        if (length > LINE_MAX)
            length = LINE_MAX;
        print("    %.*s\n", (int)length, transcript);
        transcript += length + (transcript[length] == '\n');
    }
    print("  ...\n");
}

static uint64_t larger(uint64_t left, uint64_t right)
{
    return left > right ? left : right;
}

void suite_report_result(struct suite_test *test, const struct suite_result *run,
                         const char *failure, const char *transcript)
{
    struct suite_result *result = &test->result;
    result->runs++;
    if (run->milliseconds >= result->milliseconds) {
        result->milliseconds = run->milliseconds;
        result->evictions = run->evictions;
        result->page_ins = run->page_ins;
        result->page_outs = run->page_outs;
    }
    result->resident_peak = larger(result->resident_peak, run->resident_peak);
    number++;
    if (failure == NULL) {
        passed++;
        print("ok %u - %s # time=%lums\n", number, test->name, (unsigned long)run->milliseconds);
        return;
    }
    failed++;
    result->failures++;
    print("not ok %u - %s # time=%lums, %s\n", number, test->name, (unsigned long)run->milliseconds,
          failure);
    if (quiet)
        print_block(failure, transcript);
}

static void print_table(void)
{
    uint32_t count;
    const struct suite_test *tests = suite_plan_tests(&count);
    print("# %-16s %5s %6s %7s %6s of %6s %9s %9s %9s\n", "test", "runs", "failed", "ms", "peak",
          "frames", "evictions", "page-ins", "page-outs");
    for (uint32_t index = 0; index < count; index++) {
        const struct suite_test *test = &tests[index];
        const struct suite_result *result = &test->result;
        print("# %-16s %5u %6u %7lu %6lu of %6lu %9lu %9lu %9lu\n", test->name, result->runs,
              result->failures, (unsigned long)result->milliseconds,
              (unsigned long)result->resident_peak, (unsigned long)test->frames,
              (unsigned long)result->evictions, (unsigned long)result->page_ins,
              (unsigned long)result->page_outs);
    }
}

int32_t suite_report_finish(void)
{
    print_table();
    print("1..%u\n", number);
    print("%s%u passed, %u failed\n", quiet ? "# " : "", passed, failed);
    return failed > 0 || passed == 0 ? 1 : 0;
}
