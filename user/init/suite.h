/*
 * The test suite in one boot.
 *
 * suite.txt in the root directory has a line a test; NAME.expected what it prints. Each
 * test runs in a directory of its own, with copies of its program and files, in a paging
 * group with its budget of frames, while its console output is captured:
 *
 *      prepare --> run --> ended --> judge --> clean up --> next
 *                   |                  ^
 *                   +---- deadline ----+
 *
 * A test passes when its transcript is as expected, it paged if it is meant to, and nothing
 * that it used is left: frames, swap slots, open files, regions.
 *
 * Words of the command line choose among the tests (only=A,B), their order (shuffle[=SEED]),
 * how often they run (repeat[=N]: rounds, until one test fails) and what is printed (tap).
 */
#pragma once

#include <quire/statistics.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct process;

bool suite_is_there(void);
void suite_start(void);
void suite_process_ended(struct process *process);
void suite_deadline(void);

enum suite_check {
    SUITE_CHECK_STRICT = 0,  /* every line counts */
    SUITE_CHECK_NO_EXIT = 1, /* `name: exit(N)` lines do not count */
    SUITE_CHECK_DEATH = 2,   /* begins, is killed, does not reach its end */
    SUITE_CHECK_HALT = 3,    /* cannot be judged from inside: the machine is off */
};

/* What came of the runs of one test: counts, and figures of the longest run. */
struct suite_result {
    uint32_t runs, failures;
    uint64_t milliseconds;
    uint64_t evictions, page_ins, page_outs, resident_peak;
};

struct suite_test {
    char *name, *command, *files; /* in the manifest's text; files: comma separated */
    uint64_t frames, timeout_seconds;
    enum suite_check check;
    bool must_page;
    const char *mistake; /* why the line cannot be run, NULL: it can */
    struct suite_result result;
};

/* ---- suite_manifest.c: the next test of the text, which is cut up. false: no more. A line that
   cannot be read gives a test called "manifest" with a `mistake`. */
bool suite_manifest_next(char **text, struct suite_test *test);

/* ---- suite_plan.c: which tests run, in which order, how often */
/* Reads the manifest and the options. false: no memory. */
bool suite_plan_make(void *text, size_t length);
/* The next test; NULL: the last round is over. After a failure no further round begins. */
struct suite_test *suite_plan_next(bool failed);
/* The tests of the plan in the manifest's order. */
struct suite_test *suite_plan_tests(uint32_t *count);

/* ---- suite_report.c: what is printed about tests */
void suite_report_start(void);
/* TAP on the console: programs' text is captured only. */
bool suite_report_quiet(void);
void suite_report_begin(const struct suite_test *test);
void suite_report_end(const struct suite_test *test);
/* One run is over: NULL: it passed, else why not. The transcript is shown if nobody saw it. */
void suite_report_result(struct suite_test *test, const struct suite_result *run,
                         const char *failure, const char *transcript);
bool suite_report_failed(void);
/* Table and totals; the status of the suite. */
int32_t suite_report_finish(void);

/* ---- suite_check.c: NULL if the transcript is right, else what is wrong. Both texts may be
   changed by the comparison. */
const char *suite_check_transcript(const struct suite_test *test, char *transcript, char *expected);

/* ---- suite_directory.c */
/* Makes /suite.d with copies of the program and its files. Negative errno: what failed is printed. */
int32_t suite_directory_make(const struct suite_test *test);
/* Removes it with all that the test left there. */
void suite_directory_remove(void);
#define SUITE_DIRECTORY "/suite.d"

/* ---- suite_leaks.c */
/* Everything that a test may not leave behind, after unused file pages were dropped. */
void suite_measure(struct system_statistics *statistics);
/* Prints what differs; true if nothing does. */
bool suite_nothing_leaked(const char *name, const struct system_statistics *before,
                          const struct system_statistics *after);
