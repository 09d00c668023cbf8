/*
 * Carrying out a plan: tasks, the threads that run them, and the rows that come of it.
 *
 * The tasks that run at a time fit in memory together: a thread waits until there is room for
 * its next one. Tasks of one plan share the trace and nothing else.
 */
#include "plan.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define TELL_INTERVAL_NANOSECONDS 100000000

struct task {
    const struct plan_choice *choice;
    const struct reference_string *string;
    const struct word_store *next; /* min only */
    uint64_t frames;               /* scaled; 0: lru, all */
    uint64_t bytes;
    uint64_t misses;
    struct lru_curve curve; /* lru only */
    struct simulation_result detail;
};

struct run {
    const struct plan *plan;
    const struct trace *trace;
    struct task *tasks;
    size_t task_count;
    struct word_store next[SAMPLES];
    struct plan_progress progress;

    pthread_mutex_t lock;
    pthread_cond_t changed; /* a task has ended */
    size_t taken;
    uint64_t bytes_in_use;
    unsigned workers;
    bool failed;
    struct failure *failure; /* the first one, under the lock */
};

/* ---------------------------------------------------------------- tasks */

static size_t sizes_of(const struct plan *plan, const struct plan_choice *choice)
{
    return choice->kind == PLAN_LRU ? 1 : plan->frame_count;
}

static uint64_t task_bytes(const struct task *task)
{
    uint64_t pages = task->string->pages.count;
    switch (task->choice->kind) {
    case PLAN_LRU: return lru_curve_bytes(pages);
    case PLAN_MIN: return min_bytes(task->frames, pages);
    default: return simulation_bytes(task->choice->policy.ops, task->frames, pages);
    }
}

static bool add_task(struct run *run, struct task task, struct failure *failure)
{
    task.bytes = task_bytes(&task);
    if (task.bytes > run->plan->most_bytes)
        return refuse(failure,
                      "%s with %" PRIu64 " frames and %u pages needs %" PRIu64
                      " MiB, and there are "
                      "%" PRIu64 " (--memory); --sample RATE takes a part of the pages",
                      task.choice->policy.text, task.frames, task.string->pages.count,
                      task.bytes >> 20, run->plan->most_bytes >> 20);
    run->progress.total += task.string->references.count;
    run->tasks[run->task_count++] = task;
    return true;
}

static bool add_tasks(struct run *run, const struct plan_choice *choice, struct failure *failure)
{
    const struct trace *trace = run->trace;
    for (size_t size = 0; size < sizes_of(run->plan, choice); size++) {
        for (unsigned sample = 0; sample < trace_strings(trace); sample++) {
            struct task task = {
                .choice = choice, .string = &trace->strings[sample], .next = &run->next[sample]};
            if (choice->kind != PLAN_LRU)
                task.frames = plan_scaled_frames(run->plan->frames[size], trace->sample_rate);
            if (!add_task(run, task, failure))
                return false;
        }
    }
    return true;
}

static bool prepare(struct run *run, struct failure *failure)
{
    const struct plan *plan = run->plan;
    size_t count = 0;
    for (size_t i = 0; i < plan->choice_count; i++)
        count += sizes_of(plan, &plan->choices[i]) * trace_strings(run->trace);
    run->tasks = calloc(count + 1, sizeof *run->tasks);
    if (run->tasks == NULL)
        return refuse(failure, "out of memory");
    bool with_min = false;
    for (size_t i = 0; i < plan->choice_count; i++) {
        with_min = with_min || plan->choices[i].kind == PLAN_MIN;
        if (!add_tasks(run, &plan->choices[i], failure))
            return false;
    }
    for (unsigned i = 0; with_min && i < trace_strings(run->trace); i++) {
        if (!next_uses(&run->next[i], &run->trace->strings[i], failure))
            return false;
    }
    return true;
}

static bool run_policy(struct run *run, struct task *task, struct failure *failure)
{
    const struct reference_string *string = task->string;
    const struct simulation_setup setup = {
        .frames = task->frames,
        .pages = string->pages.count,
        .batch = run->plan->batch,
        .seed = run->plan->seed,
        .accessed_bits_only = run->plan->accessed_bits_only,
        .keys = string->pages.keys,
    };
    struct simulation simulation;
    if (!simulation_begin(&simulation, &task->choice->policy, &setup, failure))
        return false;
    simulation_run(&simulation, string->references.words, string->references.count,
                   &run->progress.done);
    task->detail = simulation.result;
    task->misses = simulation.result.misses;
    simulation_end(&simulation);
    return true;
}

static bool run_task(struct run *run, struct task *task, struct failure *failure)
{
    switch (task->choice->kind) {
    case PLAN_LRU: return lru_curve_make(&task->curve, task->string, &run->progress.done, failure);
    case PLAN_MIN:
        return min_misses(task->string, task->next, task->frames, &task->misses,
                          &run->progress.done, failure);
    default: return run_policy(run, task, failure);
    }
}

/* ---------------------------------------------------------------- threads */

/* The next task, once there is memory for it; NULL: none is left. Under the lock. */
static struct task *take_task(struct run *run)
{
    while (!run->failed && run->taken < run->task_count) {
        struct task *task = &run->tasks[run->taken];
        if (run->bytes_in_use == 0 || run->bytes_in_use + task->bytes <= run->plan->most_bytes) {
            run->taken++;
            run->bytes_in_use += task->bytes;
            return task;
        }
        pthread_cond_wait(&run->changed, &run->lock);
    }
    return NULL;
}

static void *work(void *argument)
{
    struct run *run = argument;
    pthread_mutex_lock(&run->lock);
    struct task *task;
    while ((task = take_task(run)) != NULL) {
        struct failure failure;
        pthread_mutex_unlock(&run->lock);
        bool good = run_task(run, task, &failure);
        pthread_mutex_lock(&run->lock);
        run->bytes_in_use -= task->bytes;
        if (!good && !run->failed) {
            run->failed = true;
            *run->failure = failure;
        }
        pthread_cond_broadcast(&run->changed);
    }
    run->workers--;
    pthread_cond_broadcast(&run->changed);
    pthread_mutex_unlock(&run->lock);
    return NULL;
}

static void wait_for_workers(struct run *run, void (*tell)(const struct plan_progress *))
{
    pthread_mutex_lock(&run->lock);
    while (run->workers != 0) {
        struct timespec until;
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_nsec += TELL_INTERVAL_NANOSECONDS;
        until.tv_sec += until.tv_nsec / 1000000000;
        until.tv_nsec %= 1000000000;
        if (pthread_cond_timedwait(&run->changed, &run->lock, &until) == ETIMEDOUT && tell != NULL)
            tell(&run->progress);
    }
    pthread_mutex_unlock(&run->lock);
}

static bool run_tasks(struct run *run, void (*tell)(const struct plan_progress *),
                      struct failure *failure)
{
    size_t wanted = run->plan->threads < run->task_count ? run->plan->threads : run->task_count;
    pthread_t *threads = calloc(wanted + 1, sizeof *threads);
    if (threads == NULL)
        return refuse(failure, "out of memory");
    size_t started = 0;
    run->workers = (unsigned)wanted;
    while (started < wanted && pthread_create(&threads[started], NULL, work, run) == 0)
        started++;
    pthread_mutex_lock(&run->lock);
    run->workers -= (unsigned)(wanted - started);
    pthread_mutex_unlock(&run->lock);
    wait_for_workers(run, tell);
    for (size_t i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
    free(threads);
    if (started == 0 && wanted != 0)
        return refuse(failure, "cannot start a thread");
    return !run->failed;
}

/* ---------------------------------------------------------------- rows */

/* Student's t with SAMPLES - 1 = 7 degrees of freedom, both sides, 95 %. */
#define STUDENT_T 2.365

static uint64_t task_misses(const struct task *task, uint64_t frames)
{
    return task->choice->kind == PLAN_LRU ? lru_curve_misses(&task->curve, frames) : task->misses;
}

/* SHARDS with its adjustment: a sample stands for rate x references, not for as many as it has. */
static void estimate(const struct trace *trace, const struct task *tasks, uint64_t frames,
                     struct plan_row *row)
{
    double sum = 0, squares = 0, expected = (double)trace->references * trace->sample_rate;
    for (unsigned i = 0; i < SAMPLES; i++) {
        double ratio = (double)task_misses(&tasks[i], frames) / expected;
        sum += ratio;
        squares += ratio * ratio;
    }
    double mean = sum / SAMPLES;
    double variance = (squares - SAMPLES * mean * mean) / (SAMPLES - 1);
    row->miss_ratio = mean < 1 ? mean : 1;
    row->misses = (uint64_t)(row->miss_ratio * (double)trace->references + 0.5);
    row->error = variance > 0 ? STUDENT_T * sqrt(variance / SAMPLES) : 0;
}

static void fill_row(const struct trace *trace, const struct task *tasks, uint64_t frames,
                     struct plan_row *row)
{
    *row = (struct plan_row){
        .policy = tasks->choice->policy.text, .frames = frames, .references = trace->references};
    if (trace->sample_rate > 0) {
        estimate(trace, tasks, plan_scaled_frames(frames, trace->sample_rate), row);
        return;
    }
    row->misses = task_misses(tasks, frames);
    row->miss_ratio = (double)row->misses / (double)trace->references;
    row->detailed = tasks->choice->kind == PLAN_POLICY;
    row->detail = tasks->detail;
}

static uint64_t distinct_pages(const struct trace *trace)
{
    uint64_t pages = trace->strings[0].pages.count;
    return trace->sample_rate > 0 ? (uint64_t)((double)pages / trace->sample_rate) : pages;
}

static bool make_rows(const struct run *run, struct plan_row **rows, size_t *row_count,
                      struct failure *failure)
{
    const struct plan *plan = run->plan;
    size_t sizes = plan->all_frames ? distinct_pages(run->trace) : plan->frame_count;
    *row_count = 0;
    *rows = calloc(sizes * plan->choice_count + 1, sizeof **rows);
    if (*rows == NULL)
        return refuse(failure, "out of memory");
    const struct task *task = run->tasks;
    for (size_t i = 0; i < plan->choice_count; i++) {
        bool one_task = plan->choices[i].kind == PLAN_LRU;
        for (size_t size = 0; size < sizes; size++) {
            uint64_t frames = plan->all_frames ? size + 1 : plan->frames[size];
            fill_row(run->trace, task, frames, &(*rows)[(*row_count)++]);
            if (!one_task)
                task += trace_strings(run->trace);
        }
        if (one_task)
            task += trace_strings(run->trace);
    }
    return true;
}

bool plan_run(const struct plan *plan, const struct trace *trace, struct plan_row **rows,
              size_t *row_count, void (*tell)(const struct plan_progress *),
              struct failure *failure)
{
    struct run run = {.plan = plan,
                      .trace = trace,
                      .lock = PTHREAD_MUTEX_INITIALIZER,
                      .changed = PTHREAD_COND_INITIALIZER,
                      .failure = failure};
    bool good = prepare(&run, failure) && run_tasks(&run, tell, failure) &&
                make_rows(&run, rows, row_count, failure);
    for (size_t i = 0; i < run.task_count; i++)
        lru_curve_free(&run.tasks[i].curve);
    for (unsigned i = 0; i < SAMPLES; i++)
        word_store_free(&run.next[i]);
    free(run.tasks);
    return good;
}
