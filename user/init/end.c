/* Processes end, and their parents hear of it. */
#include "init.h"
#include "process.h"

#include <quire/errno.h>

static bool waits_for(const struct process *parent, const struct process *child)
{
    return parent->waiting_token != 0 &&
           (parent->waiting_for == -1 || parent->waiting_for == (int64_t)child->pid);
}

static void tell_parent(struct process *parent, struct process *child, uint64_t token)
{
    reply(token, 0, child->pid, (uint64_t)(int64_t)child->status, child->reason);
    parent->waiting_token = 0;
    process_forget(child);
}

/* Children live on with nobody to wait for them; those that ended already are forgotten. */
static void orphan_children(struct process *process)
{
    LIST_FOR_EACH(link, &process->children)
    {
        struct process *child = LIST_ENTRY(link, struct process, sibling);
        list_remove(link);
        child->parent = NULL;
        if (child->state == PROCESS_ZOMBIE)
            process_forget(child);
    }
}

static void leave_group(struct process *process)
{
    uint32_t group = process->own_group;
    if (group == 0)
        return;
    /* The group goes with its last process, whichever that is. */
    for (struct process *other = process_first(); other; other = process_next(other)) {
        if (other != process && other->group == group && other->state == PROCESS_RUNNING) {
            other->own_group = group;
            return;
        }
    }
    pager_call(GROUP_DESTROY, group, 0, 0, 0, 0, 0);
}

void process_end(struct process *process, int32_t status, uint32_t reason)
{
    if (process->state != PROCESS_RUNNING)
        return;
    process->state = PROCESS_ENDING;
    process->status = status;
    process->reason = reason;
    process->waiting_token = 0;
    process_cancel_sleep(process);
    print("%s: exit(%d)\n", process->name, status);

    /* Its dirty file pages are in the page cache and its memory is free when this returns. */
    pager_call(PROCESS_DESTROY, process->space, 0, 0, 0, 0, 0);
    sys_handle_close(process->thread);
    sys_handle_close(process->task);
    process_set_space(process, 0, 0, 0);
    orphan_children(process);
    leave_group(process);

    process->state = PROCESS_ZOMBIE;
    run_process_ended(process);
    struct process *parent = process->parent;
    if (parent == NULL)
        process_forget(process);
    else if (waits_for(parent, process))
        tell_parent(parent, process, parent->waiting_token);
}

void process_wait(struct process *process, int64_t pid, bool block, uint64_t token)
{
    bool has_child = false;
    LIST_FOR_EACH(link, &process->children)
    {
        struct process *child = LIST_ENTRY(link, struct process, sibling);
        if (pid != -1 && pid != (int64_t)child->pid)
            continue;
        has_child = true;
        if (child->state == PROCESS_ZOMBIE) {
            tell_parent(process, child, token);
            return;
        }
    }
    if (!has_child) {
        reply(token, -ECHILD, 0, 0, 0);
    } else if (!block) {
        reply(token, 0, 0, 0, 0);
    } else {
        process->waiting_token = token;
        process->waiting_for = pid;
    }
}

void process_collect_deaths(void)
{
    for (;;) {
        struct pager_result death = pager_call(PROCESS_NEXT_DEATH, 0, 0, 0, 0, 0, 0);
        if (death.result < 0)
            return;
        struct process *process = process_by_space((uint32_t)death.word[0]);
        if (process != NULL)
            process_end(process, PROCESS_STATUS_KILLED, (uint32_t)death.word[1]);
    }
}

void process_kill_all_in_group(uint32_t group)
{
    /* Ending one may forget others: start again after each. */
    struct process *process = process_first();
    while (process != NULL) {
        if (process->group == group && process->state == PROCESS_RUNNING) {
            process_end(process, PROCESS_STATUS_KILLED, 0);
            process = process_first();
        } else {
            process = process_next(process);
        }
    }
}
