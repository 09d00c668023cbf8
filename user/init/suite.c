/* Running the suite: see suite.h for the course of a test. */
#include "suite.h"
#include "init.h"
#include "process.h"

#include <quire/errno.h>
#include <quire/format.h>
#include <string.h>

#define MANIFEST "/suite.txt"
#define TRANSCRIPT_BYTES (64u << 10)
#define SECOND 1000000000ull
#define MILLISECOND 1000000ull

static struct {
    struct suite_test *test; /* the one that runs */
    uint32_t pid, group;
    uint64_t started;
    bool timed_out;
    char *transcript; /* as captured */
    char *judged;     /* a copy for the comparison, which changes it */
    struct system_statistics before;
    struct group_statistics paging;
} suite;

bool suite_is_there(void)
{
    int32_t descriptor = file_open(MANIFEST);
    if (descriptor >= 0)
        file_close(descriptor);
    return descriptor >= 0;
}

/* The transcript against the expected one. */
static const char *judge_transcript(void)
{
    struct pager_result captured = pager_call(CAPTURE_STOP, 0, 0, 0, 0, 0, 0);
    suite.transcript[captured.word[0]] = '\0';
    if (captured.result < 0)
        return "its output was too long";
    if (suite.test->check == SUITE_CHECK_HALT)
        return "it did not power the machine off";

    char path[256];
    size_t length = 0;
    int32_t error;
    format_string(path, sizeof path, "/%s.expected", suite.test->name);
    char *expected = suite.test->check == SUITE_CHECK_DEATH
                         ? memory_allocate(1)
                         : file_read_whole(path, &length, &error);
    if (expected == NULL)
        return "there is no file that says what it should print";
    memcpy(suite.judged, suite.transcript, captured.word[0] + 1);
    const char *failure = suite_check_transcript(suite.test, suite.judged, expected);
    memory_free(expected, length + 1);
    return failure;
}

static uint64_t evictions_of(const struct group_statistics *paging)
{
    return paging->evictions_clean + paging->evictions_dirty;
}

/* Pages must have gone, dirty or clean, and must have come back. */
static const char *judge_paging(void)
{
    uint64_t evictions = evictions_of(&suite.paging);
    if (!suite.test->must_page)
        return NULL;
    print("# %s: %lu evictions, %lu page-outs, %lu page-ins, %lu refaults, at most %lu of %lu "
          "frames\n",
          suite.test->name, (unsigned long)evictions, (unsigned long)suite.paging.page_outs,
          (unsigned long)suite.paging.page_ins, (unsigned long)suite.paging.refaults,
          (unsigned long)suite.paging.resident_peak, (unsigned long)suite.test->frames);
    return evictions > 0 && suite.paging.refaults > 0 ? NULL : "it did not page";
}

/* Starts the test that is in suite.test-> NULL, or why it could not be started. */
static const char *start_test(void)
{
    suite_directory_remove();
    suite_measure(&suite.before);
    if (suite_directory_make(suite.test) < 0)
        return "its directory could not be made";
    /* Whoever brings a page in pays for it: the copies that were just made must not be ours. */
    pager_call(SYSTEM_DROP_CACHE, 0, 0, 0, 0, 0, 0);
    struct pager_result group = pager_call(GROUP_CREATE, 0, suite.test->frames, 0, 0, 0, 0);
    if (group.result < 0)
        return "its group could not be made";
    suite.group = (uint32_t)group.word[0];

    struct arguments arguments;
    struct process *process;
    size_t capacity;
    int32_t error = command_parse(SUITE_DIRECTORY, suite.test->command, &arguments, &capacity);
    if (error == 0) {
        suite_report_begin(suite.test);
        pager_call(CAPTURE_START, (uintptr_t)suite.transcript, TRANSCRIPT_BYTES - 1,
                   suite_report_quiet() ? CAPTURE_QUIET : 0, 0, 0, 0);
        error = process_spawn(NULL, suite.group, &arguments, &process);
        memory_free((char *)arguments.block, capacity);
    }
    if (error < 0) {
        print("# %s: cannot be started: error %d\n", suite.test->name, -error);
        pager_call(CAPTURE_STOP, 0, 0, 0, 0, 0, 0);
        pager_call(GROUP_DESTROY, suite.group, 0, 0, 0, 0, 0);
        return "it could not be started";
    }
    pager_call(PROCESS_SET_DIRECTORY, process->space, (uintptr_t)SUITE_DIRECTORY,
               strlen(SUITE_DIRECTORY), 0, 0, 0);
    suite.pid = process->pid;
    suite.timed_out = false;
    suite.started = sys_clock_read();
    timer_set_deadline(suite.started + suite.test->timeout_seconds * SECOND);
    sys_thread_start(process->thread);
    return NULL;
}

/* Takes tests from the plan until one runs. */
static void next_test(void)
{
    while ((suite.test = suite_plan_next(suite_report_failed())) != NULL) {
        const char *failure = start_test();
        if (failure == NULL)
            return;
        suite_directory_remove();
        suite_report_result(suite.test, &(struct suite_result){0}, failure, suite.transcript);
    }
    system_stop(suite_report_finish());
}

void suite_start(void)
{
    size_t length = 0;
    int32_t error = 0;
    suite_report_start();
    char *text = file_read_whole(MANIFEST, &length, &error);
    suite.transcript = memory_allocate(TRANSCRIPT_BYTES);
    suite.judged = memory_allocate(TRANSCRIPT_BYTES);
    if (error == 0 &&
        (suite.transcript == NULL || suite.judged == NULL || !suite_plan_make(text, length)))
        error = -ENOMEM;
    if (error < 0) {
        print("init: cannot read %s: error %d\n", MANIFEST, -error);
        system_stop(suite_report_finish());
    }
    next_test();
}

static struct suite_result figures(void)
{
    return (struct suite_result){
        .milliseconds = (sys_clock_read() - suite.started) / MILLISECOND,
        .evictions = evictions_of(&suite.paging),
        .page_ins = suite.paging.page_ins,
        .page_outs = suite.paging.page_outs,
        .resident_peak = suite.paging.resident_peak,
    };
}

void suite_process_ended(struct process *process)
{
    if (process->pid != suite.pid)
        return;
    suite.pid = 0;
    timer_set_deadline(0);
    process_kill_all_in_group(suite.group);
    const char *failure = judge_transcript();
    suite_report_end(suite.test);
    pager_call(PAGER_GROUP_STATISTICS, suite.group, (uintptr_t)&suite.paging, 0, 0, 0, 0);
    struct suite_result run = figures();
    pager_call(GROUP_DESTROY, suite.group, 0, 0, 0, 0, 0);
    suite_directory_remove();

    struct system_statistics after;
    suite_measure(&after);
    if (suite.timed_out)
        failure = "it ran out of time";
    if (failure == NULL)
        failure = judge_paging();
    if (!suite_nothing_leaked(suite.test->name, &suite.before, &after) && failure == NULL)
        failure = "it left something behind";
    suite_report_result(suite.test, &run, failure, suite.transcript);
    next_test();
}

void suite_deadline(void)
{
    struct process *process = process_by_pid(suite.pid);
    suite.timed_out = true;
    if (process != NULL)
        process_end(process, PROCESS_STATUS_KILLED, 0);
}
