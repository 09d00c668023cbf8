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

struct suite_test {
    char *name, *command, *files; /* in the manifest's text; files: comma separated */
    uint64_t frames, timeout_seconds;
    enum suite_check check;
    bool must_page;
};

/* ---- suite_manifest.c: the next test of the text, which is cut up. false: no more. A line that
   cannot be read gives a test whose name is NULL and whose command says why. */
bool suite_manifest_next(char **text, struct suite_test *test);

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
