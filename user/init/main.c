/*
 * init: the process server. One event loop over one endpoint; each request is decoded and
 * answered by a handler of the table, at once or by a kept token.
 */
#include "init.h"
#include "process.h"

#include <quire/errno.h>
#include <quire/server.h>
#include <string.h>

#define DEATH_BIT SERVER_BIT_RING /* init has no ring: the bit tells of deaths */

#define FORK_NAME_MAX 4096

struct call {
    struct process *process;
    const uint64_t *word;
    uint64_t token;
};

/* Copies from the caller's memory into allocated memory of `bytes` + 1, NUL-terminated. */
static int32_t copy_from_caller(const struct call *call, uint64_t address, size_t bytes,
                                char **copy)
{
    *copy = memory_allocate(bytes + 1);
    if (*copy == NULL)
        return -ENOMEM;
    if (bytes == 0)
        return 0;
    int32_t error =
        pager_call(PROCESS_READ, call->process->space, address, (uintptr_t)*copy, bytes, 0, 0)
            .result;
    if (error < 0)
        memory_free(*copy, bytes + 1);
    return error;
}

/* The argument block of words 0..2. The copy has bytes + 1; free it so. */
static int32_t copy_arguments(const struct call *call, struct arguments *arguments)
{
    uint64_t bytes = call->word[1];
    if (bytes == 0 || bytes > PROCESS_ARGUMENTS_MAX || call->word[2] == 0 || call->word[2] > bytes)
        return bytes > PROCESS_ARGUMENTS_MAX ? -E2BIG : -EINVAL;
    char *block;
    int32_t error = copy_from_caller(call, call->word[0], bytes, &block);
    if (error < 0)
        return error;
    *arguments = (struct arguments){block, bytes, (uint32_t)call->word[2]};
    if (block[bytes - 1] == '\0' && strlen(block) + 1 < bytes)
        return 0;
    memory_free(block, bytes + 1);
    return -EINVAL;
}

static void free_arguments(const struct arguments *arguments)
{
    memory_free((char *)arguments->block, arguments->bytes + 1);
}

static void start_and_reply(const struct call *call, int32_t error, struct process *child)
{
    if (error < 0) {
        reply(call->token, error, 0, 0, 0);
        return;
    }
    reply(call->token, 0, child->pid, 0, 0);
    sys_thread_start(child->thread);
}

static void handle_spawn(const struct call *call)
{
    struct arguments arguments;
    struct process *child = NULL;
    int32_t error = copy_arguments(call, &arguments);
    if (error == 0) {
        error = process_spawn(call->process, call->process->group, &arguments, &child);
        free_arguments(&arguments);
    }
    start_and_reply(call, error, child);
}

/* The text of words `at` and at + 1, for a group. */
static int32_t group_policy_from_caller(const struct call *call, uint32_t group, unsigned at)
{
    uint64_t bytes = call->word[at + 1];
    if (bytes == 0 || bytes > FORK_NAME_MAX)
        return -EINVAL;
    char *text;
    int32_t error = copy_from_caller(call, call->word[at], bytes, &text);
    if (error < 0)
        return error;
    error = pager_call(GROUP_SET_POLICY, group, (uintptr_t)text, bytes, 0, 0, 0).result;
    memory_free(text, bytes + 1);
    return error;
}

static void handle_group_run(const struct call *call)
{
    struct arguments arguments;
    struct process *child = NULL;
    int32_t error = copy_arguments(call, &arguments);
    if (error == 0) {
        struct pager_result created = pager_call(GROUP_CREATE, 0, call->word[3], 0, 0, 0, 0);
        uint32_t group = (uint32_t)created.word[0];
        error = created.result;
        if (error >= 0) {
            error = call->word[4] != 0 ? group_policy_from_caller(call, group, 4) : 0;
            if (error >= 0)
                error = process_spawn(call->process, group, &arguments, &child);
            if (error >= 0)
                child->own_group = group;
            else
                pager_call(GROUP_DESTROY, group, 0, 0, 0, 0, 0);
        }
        free_arguments(&arguments);
    }
    start_and_reply(call, error, child);
}

static void handle_group_of(const struct call *call)
{
    const struct process *process = call->process;
    if (call->word[0] != 0)
        process = call->word[0] > INT32_MAX ? NULL : process_by_pid((uint32_t)call->word[0]);
    bool found = process != NULL && process->state == PROCESS_RUNNING;
    reply(call->token, found ? 0 : -ESRCH, found ? process->group : 0, 0, 0);
}

static void handle_group_set_policy(const struct call *call)
{
    int32_t error = -ESRCH;
    if (call->word[0] < PAGER_ROOT_GROUP)
        error = group_policy_from_caller(call, (uint32_t)call->word[0], 1);
    reply(call->token, error, 0, 0, 0);
}

static void handle_group_set_limit(const struct call *call)
{
    int32_t error =
        pager_call(GROUP_SET_LIMIT, call->word[0], call->word[1], call->word[2], 0, 0, 0).result;
    reply(call->token, error, 0, 0, 0);
}

static void handle_group_set_option(const struct call *call)
{
    int32_t error =
        pager_call(GROUP_SET_OPTION, call->word[0], call->word[1], call->word[2], 0, 0, 0).result;
    reply(call->token, error, 0, 0, 0);
}

static void handle_fork(const struct call *call)
{
    struct process *child = NULL;
    int32_t error;
    if (call->word[1] == 0) {
        error = process_fork(call->process, call->token, call->process->name,
                             strlen(call->process->name), (uint32_t)call->word[2], &child);
    } else if (call->word[1] > FORK_NAME_MAX) {
        error = -ENAMETOOLONG;
    } else {
        char *name;
        error = copy_from_caller(call, call->word[0], call->word[1], &name);
        if (error >= 0) {
            error = process_fork(call->process, call->token, name, strlen(name),
                                 (uint32_t)call->word[2], &child);
            memory_free(name, call->word[1] + 1);
        }
    }
    start_and_reply(call, error, child);
}

static void handle_exec(const struct call *call)
{
    struct arguments arguments;
    int32_t error = copy_arguments(call, &arguments);
    if (error == 0) {
        error = process_exec(call->process, &arguments);
        free_arguments(&arguments);
    }
    if (error < 0)
        reply(call->token, error, 0, 0, 0);
}

static void handle_exit(const struct call *call)
{
    process_end(call->process, (int32_t)call->word[0], 0);
}

static void handle_wait(const struct call *call)
{
    process_wait(call->process, (int64_t)call->word[0], (call->word[1] & 1) == 0, call->token);
}

static void handle_kill(const struct call *call)
{
    struct process *victim =
        call->word[0] > INT32_MAX ? NULL : process_by_pid((uint32_t)call->word[0]);
    uint64_t signal = call->word[1];
    bool refused = victim == NULL || signal > PROCESS_SIGNAL_MAX;
    /* One that ended already, and that nobody has waited for, is there and cannot be killed. */
    if (!refused && signal != 0)
        process_end(victim, PROCESS_STATUS_KILLED, PROCESS_KILLED_BY((uint32_t)signal));
    if (refused || victim != call->process || signal == 0)
        reply(call->token, victim == NULL ? -ESRCH : refused ? -EINVAL : 0, 0, 0, 0);
}

static void handle_self(const struct call *call)
{
    const struct process *parent = call->process->parent;
    reply(call->token, 0, call->process->pid, parent != NULL ? parent->pid : 0, 0);
}

static void handle_halt(const struct call *call)
{
    (void)call;
    system_stop(0);
}

static void (*const handlers[])(const struct call *call) = {
    [PROCESS_SPAWN] = handle_spawn,
    [PROCESS_CALL_FORK] = handle_fork,
    [PROCESS_EXEC] = handle_exec,
    [PROCESS_EXIT] = handle_exit,
    [PROCESS_WAIT] = handle_wait,
    [PROCESS_KILL] = handle_kill,
    [PROCESS_SELF] = handle_self,
    [PROCESS_HALT] = handle_halt,
    [PROCESS_GROUP_RUN] = handle_group_run,
    [PROCESS_GROUP_OF] = handle_group_of,
    [PROCESS_GROUP_SET_POLICY] = handle_group_set_policy,
    [PROCESS_GROUP_SET_LIMIT] = handle_group_set_limit,
    [PROCESS_GROUP_SET_OPTION] = handle_group_set_option,
};

static void handle_message(const struct message *message)
{
    if (TAG_KIND(message->tag) == MESSAGE_NOTIFICATION) {
        if (message->words[0] & DEATH_BIT)
            process_collect_deaths();
        if (message->words[0] & SERVER_BIT_TIMER)
            timer_run();
        return;
    }
    uint32_t operation = TAG_LABEL(message->tag);
    struct call call = {
        .process = process_by_pid((uint32_t)message->badge),
        .word = message->words,
        .token = message->reply_token,
    };
    if (call.process == NULL || operation >= sizeof handlers / sizeof *handlers ||
        handlers[operation] == NULL) {
        reply(message->reply_token, -ENOSYS, 0, 0, 0);
        return;
    }
    handlers[operation](&call);
}

_Noreturn void server_main(const struct server_start *start)
{
    memory_initialize(start);
    options_initialize(start->command_line);
    process_table_initialize();
    pager_call(SYSTEM_NOTIFY_DEATHS, DEATH_BIT, 0, 0, 0, 0, SERVER_HANDLE_NOTIFICATION);
    run_start();
    for (;;) {
        struct message message = {0};
        if (sys_wait(SERVER_HANDLE_ENDPOINT, &message) != KERNEL_OK)
            server_panic("init: cannot wait at its endpoint");
        handle_message(&message);
    }
}
