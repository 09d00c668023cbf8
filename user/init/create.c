/* Processes come to be: spawn, fork, exec. */
#include "init.h"
#include "process.h"

#include <quire/errno.h>
#include <string.h>

/* The new task and thread, and the child's own way to us: its handle PROCESS_HANDLE. */
static int32_t attach(struct process *child, const struct pager_result *created)
{
    process_set_space(child, (uint32_t)created->word[0], (uint32_t)created->word[4],
                      (uint32_t)created->word[5]);
    int64_t handle = sys_handle_copy(SERVER_HANDLE_ENDPOINT, child->task, RIGHT_SEND, child->pid,
                                     PROCESS_HANDLE);
    return handle < 0 ? -ENOMEM : 0;
}

/* Undoes a child that never ran. */
static void discard(struct process *child)
{
    if (child->space != 0) {
        pager_call(PROCESS_DESTROY, child->space, 0, 0, 0, 0, 0);
        sys_handle_close(child->thread);
        sys_handle_close(child->task);
    }
    process_forget(child);
}

int32_t process_spawn(struct process *parent, uint32_t group, const struct arguments *arguments,
                      struct process **child)
{
    struct program *program;
    int32_t error = program_open(arguments, parent != NULL ? parent->space : 0, &program);
    if (error < 0)
        return error;

    const char *name = arguments->block + strlen(arguments->block) + 1; /* argv[0] */
    struct process *process = process_new(parent, name, strlen(name));
    if (process == NULL) {
        program_close(program);
        return -ENOMEM;
    }
    process->group = group;
    struct pager_result created =
        pager_call(PROCESS_CREATE, group, parent != NULL ? parent->space : 0, 0, 0, 0, 0);
    error = created.result < 0 ? created.result : attach(process, &created);
    if (error == 0)
        error = program_load(program, process->space, process->thread);
    program_close(program);
    if (error < 0) {
        discard(process);
        return error;
    }
    *child = process;
    return 0;
}

/*
 * The child continues where its parent waits for the reply: with the registers of the thread
 * that called, but for those in which the reply would arrive.
 */
static int32_t copy_registers(uint64_t token, const struct process *child)
{
    struct thread_registers registers;
    if (sys_thread(token, THREAD_COPY_STATE | THREAD_BY_TOKEN, child->thread, 0) != KERNEL_OK ||
        sys_thread_get_registers(child->thread, &registers) != KERNEL_OK)
        return -ENOMEM;
    registers.rax = KERNEL_OK;
    registers.rsi = MAKE_TAG(0, 1, 0);
    registers.rdx = 0; /* word 0: the child's own id of the new process */
    return sys_thread_set_registers(child->thread, &registers) == KERNEL_OK ? 0 : -ENOMEM;
}

int32_t process_fork(struct process *parent, uint64_t token, const char *name, size_t length,
                     uint32_t flags, struct process **child)
{
    struct process *process = process_new(parent, name, length);
    if (process == NULL)
        return -ENOMEM;
    process->group = parent->group;
    struct pager_result created = pager_call(PROCESS_FORK, parent->space, flags, 0, 0, 0, 0);
    int32_t error = created.result < 0 ? created.result : attach(process, &created);
    if (error == 0)
        error = copy_registers(token, process);
    if (error < 0) {
        discard(process);
        return error;
    }
    *child = process;
    return 0;
}

int32_t process_exec(struct process *process, const struct arguments *arguments)
{
    struct program *program;
    int32_t error = program_open(arguments, process->space, &program);
    if (error < 0)
        return error;

    /* From here on there is no way back: the old program's memory goes. */
    process_forget_waits(process);
    error = pager_call(PROCESS_RESET, process->space, 0, 0, 0, 0, 0).result;
    if (error == 0)
        error = program_load(program, process->space, process->thread);
    program_close(program);
    if (error < 0)
        process_end(process, PROCESS_STATUS_KILLED, DEATH_NO_MEMORY);
    else
        sys_thread_start(process->thread);
    return 0;
}
