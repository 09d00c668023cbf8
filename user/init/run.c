/*
 * What init does after boot, by the words of the kernel command line:
 *
 *      -- PROG ARGS    runs one program and powers off with its status
 *      suite           runs the test suite (only=A,B picks programs) and powers off
 *      shell           starts the shell; when it ends, powers off
 *
 * Without any of them: the suite if the disk has one, else the shell.
 */
#include "init.h"
#include "process.h"
#include "suite.h"

#include <quire/errno.h>
#include <string.h>

#define SHELL_COMMAND "/sh"
#define STATUS_CANNOT_START 127

enum run_mode { RUN_COMMAND, RUN_SUITE, RUN_SHELL };

static enum run_mode mode;
static const char *command;
static uint32_t command_pid;

_Noreturn void system_stop(int32_t status)
{
    trace_save();
    pager_call(SYSTEM_SHUTDOWN, 0, 0, 0, 0, 0, 0);
    pager_call(SYSTEM_POWER_OFF, (uint64_t)(int64_t)status, 0, 0, 0, 0, 0);
    for (;;)
        __builtin_trap();
}

/* A group with the budget of frames=N, or the root group. */
static uint32_t command_group(void)
{
    uint64_t frames = option_number("frames", 0);
    if (frames == 0)
        return 0;
    struct pager_result group = pager_call(GROUP_CREATE, 0, frames, 0, 0, 0, 0);
    if (group.result < 0) {
        print("init: no group of %lu frames: error %d\n", (unsigned long)frames, -group.result);
        system_stop(STATUS_CANNOT_START);
    }
    return (uint32_t)group.word[0];
}

static int32_t start_command(const char *line, uint32_t group)
{
    struct arguments arguments;
    size_t capacity;
    int32_t error = command_parse("", line, &arguments, &capacity);
    if (error < 0)
        return error;
    struct process *process;
    error = process_spawn(NULL, group, &arguments, &process);
    memory_free((char *)arguments.block, capacity);
    if (error < 0)
        return error;
    command_pid = process->pid;
    sys_thread_start(process->thread);
    return 0;
}

void run_start(void)
{
    command = option_command();
    if (command != NULL)
        mode = RUN_COMMAND;
    else if (option_given("shell"))
        mode = RUN_SHELL;
    else
        mode = option_given("suite") || suite_is_there() ? RUN_SUITE : RUN_SHELL;

    int32_t error = 0;
    if (mode == RUN_COMMAND) {
        uint32_t group = command_group();
        print("Executing '%s':\n", command);
        result_table_start(group);
        error = start_command(command, group);
    } else if (mode == RUN_SHELL) {
        error = start_command(SHELL_COMMAND, 0);
    } else {
        suite_start();
    }
    if (error < 0) {
        print("init: cannot start '%s': error %d\n", mode == RUN_COMMAND ? command : SHELL_COMMAND,
              -error);
        system_stop(STATUS_CANNOT_START);
    }
}

void run_process_ended(struct process *process)
{
    if (mode == RUN_SUITE) {
        suite_process_ended(process);
        return;
    }
    if (process->pid != command_pid)
        return;
    if (mode == RUN_COMMAND) {
        print("Execution of '%s' complete.\n", command);
        result_table_end();
    }
    system_stop(process->status);
}

void run_deadline(void)
{
    if (mode == RUN_SUITE)
        suite_deadline();
}
