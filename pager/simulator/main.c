/*
 * quire-sim: page-replacement policies on the host, from the pager's own sources.
 *
 *      options -> trace -> plan (policies x frames, in parallel) -> rows
 *
 * Exit status: 0, or 1 with one line on standard error.
 */
#include "benchmark.h"
#include "options.h"
#include "picture.h"
#include "progress.h"
#include "replay.h"
#include "string_output.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void tell_reading(void *context, uint64_t done, uint64_t total)
{
    (void)context;
    progress_show("reading", done, total);
}

static void tell_running(const struct plan_progress *progress)
{
    progress_show("simulating", progress->done, progress->total);
}

static void list_policies(void)
{
    puts("lru: exact; all sizes in one pass (Mattson et al., 1970)");
    puts("min: the optimum, which knows the future (Belady, 1966)");
    for (const struct policy_ops *const *ops = policy_table; *ops != NULL; ops++) {
        printf("%s: %s", (*ops)->name, (*ops)->paper);
        for (const struct policy_parameter *p = (*ops)->parameters; p != NULL && p->name != NULL;
             p++)
            printf("; %s=%" PRId64, p->name, p->value);
        putchar('\n');
    }
}

static bool run_plan(const struct options *options, const struct trace *trace,
                     struct failure *failure)
{
    struct plan_row *rows = NULL;
    size_t count;
    bool good = plan_run(&options->plan, trace, &rows, &count, tell_running, failure);
    progress_end();
    if (good)
        results_print(stdout, options->results, rows, count, trace);
    free(rows);
    return good;
}

static bool use_trace(const struct options *options, struct failure *failure)
{
    struct byte_source source;
    if (options->trace.format == TRACE_STRING
            ? !source_open_memory(&source, options->trace_path, strlen(options->trace_path),
                                  failure)
            : !source_open(&source, options->trace_path, failure))
        return false;
    struct trace trace;
    bool good = trace_read(&trace, &source, &options->trace, failure);
    source_close(&source);
    progress_end();
    if (!good)
        return false;
    if (options->picture_columns != 0)
        good = picture_print(stdout, &trace.strings[0], options->picture_columns,
                             options->picture_rows, failure);
    else
        good = run_plan(options, &trace, failure);
    trace_free(&trace);
    return good;
}

static bool replay(const struct options *options, struct failure *failure)
{
    struct byte_source source;
    if (!source_open(&source, options->trace_path, failure))
        return false;
    bool good = replay_run(&source, options->plan.most_bytes, stdout, failure);
    source_close(&source);
    return good;
}

static bool run(struct options *options, struct failure *failure)
{
    if (options->help)
        fputs(options_help, stdout);
    else if (options->list)
        list_policies();
    else if (options->list_strings)
        strings_list(stdout);
    else if (options->print_string)
        return string_print(stdout, options->trace_path, failure);
    else if (options->benchmark)
        return benchmark_run(&options->plan, failure);
    else if (options->replay)
        return replay(options, failure);
    else
        return use_trace(options, failure);
    return true;
}

int main(int count, char **words)
{
    struct options options;
    struct failure failure;
    bool good = options_parse(&options, count, words, &failure);
    options.trace.progress = tell_reading;
    progress_allow(good && !options.quiet);
    good = good && run(&options, &failure);
    plan_free(&options.plan);
    if (good && fflush(stdout) != 0)
        good = refuse(&failure, "cannot write the results");
    if (!good)
        fprintf(stderr, "quire-sim: %s\n", failure.text);
    return good ? 0 : 1;
}
