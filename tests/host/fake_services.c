/*
 * See fake_services.h. server_panic() fails the test.
 */
#include "fake_services.h"
#include "dispatch.h"

#include "../../pager/address_space.h"
#include "../../pager/console.h"
#include "../../pager/policy_task.h"
#include "../../pager/services.h"
#include "../../pager/trace.h"
#include <quire/errno.h>
#include <quire/server.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fake_kernel.h"

char fake_console[256];
uint32_t fake_console_lines;
struct address_space *fake_dead;
uint32_t fake_death_reason;
uint32_t fake_deaths;
const char *fake_option_policy;
uint64_t fake_timer;

void fake_services_reset(void)
{
    fake_console[0] = '\0';
    fake_console_lines = 0;
    fake_dead = NULL;
    fake_death_reason = 0;
    fake_deaths = 0;
    fake_option_policy = NULL;
    fake_timer = 0;
    fake_policy_tasks = false;
}

void console_message(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(fake_console, sizeof fake_console, format, arguments);
    va_end(arguments);
    fake_console_lines++;
}

void process_die(struct address_space *space, enum death_reason reason, uint64_t address,
                 uint64_t ip)
{
    (void)address, (void)ip;
    if (space->dying)
        return;
    space->dying = true;
    fake_dead = space;
    fake_death_reason = reason;
    fake_deaths++;
}

const char *option_text(const char *name)
{
    return strcmp(name, "policy") == 0 ? fake_option_policy : NULL;
}

uint64_t option_number(const char *name, uint64_t otherwise)
{
    (void)name;
    return otherwise;
}

uint64_t clock_now(void)
{
    return fake_clock;
}

void timer_wake_at(uint64_t nanoseconds)
{
    fake_timer = nanoseconds;
}

void server_panic(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    abort();
}

void event_loop_yield(struct waiter *waiter)
{
    run_queue_add(waiter, 0);
}

uint64_t statistics_page_physical(void)
{
    return 0;
}

/* Without a second thread nothing cuts a hook off but its own questions. */
void watchdog_watch(void)
{
}

/* A task is its area; who answers its calls is fake_call (fake_kernel.h). */
bool fake_policy_tasks;

struct policy_task *policy_task_create(const struct policy_ops *ops, size_t frames, int32_t *error)
{
    (void)ops, (void)frames;
    *error = -ENODEV;
    if (!fake_policy_tasks)
        return NULL;
    struct policy_task *task = calloc(1, sizeof *task);
    task->area = calloc(1, sizeof *task->area);
    return task;
}

bool policy_task_grow(struct policy_task *task, const struct policy_ops *ops, size_t frames)
{
    (void)task, (void)ops, (void)frames;
    return true;
}

void policy_task_destroy(struct policy_task *task)
{
    free(task->area);
    free(task);
}

/* The ring is read by the test. */
void trace_output_start(void)
{
}

void requests_cancel(struct address_space *space)
{
    (void)space; /* the tests wait for nothing in its name */
}
