/* Processes end, and their parents hear of it. */
#include "init.h"
#include "process.h"

#include <quire/errno.h>

/* A thread that is blocked in PROCESS_WAIT. */
struct wait {
    struct list_link link; /* in its process's list */
    uint64_t token;
    int64_t pid; /* or -1 */
};

static struct wait *wait_of(struct list_link *link)
{
    return LIST_ENTRY(link, struct wait, link);
}

static void forget_wait(struct wait *wait)
{
    list_remove(&wait->link);
    memory_free(wait, sizeof *wait);
}

void process_forget_waits(struct process *process)
{
    LIST_FOR_EACH (link, &process->waits)
        forget_wait(wait_of(link));
}

/* Of `parent`, and of that number. NULL: none. */
static struct process *child_by_pid(const struct process *parent, int64_t pid)
{
    struct process *child = pid > 0 && pid <= INT32_MAX ? process_by_pid((uint32_t)pid) : NULL;
    return child != NULL && child->parent == parent ? child : NULL;
}

static bool has_child(const struct process *process, int64_t pid)
{
    if (pid != -1)
        return child_by_pid(process, pid) != NULL;
    return list_first(&process->children) != NULL || list_first(&process->ended) != NULL;
}

/* The child that a wait for `pid` hears of at once. Costs the same with any number of children. */
static struct process *ended_child(const struct process *process, int64_t pid)
{
    struct list_link *first = list_first(&process->ended);
    if (pid == -1)
        return first != NULL ? LIST_ENTRY(first, struct process, sibling) : NULL;
    struct process *child = child_by_pid(process, pid);
    return child != NULL && child->state == PROCESS_ZOMBIE ? child : NULL;
}

/* The child's end is told; false: nobody was there to hear it. */
static bool tell(const struct process *child, uint64_t token)
{
    return reply(token, 0, child->pid, (uint64_t)(int64_t)child->status, child->reason);
}

/* To the first of the parent's threads that waits for this child. The others may now wait in vain. */
static void tell_parent(struct process *parent, struct process *child)
{
    bool told = false;
    LIST_FOR_EACH (link, &parent->waits) {
        struct wait *wait = wait_of(link);
        if (!told && (wait->pid == -1 || wait->pid == (int64_t)child->pid)) {
            told = tell(child, wait->token);
            forget_wait(wait);
        }
    }
    if (!told)
        return;
    process_forget(child);
    LIST_FOR_EACH (link, &parent->waits) {
        struct wait *wait = wait_of(link);
        if (!has_child(parent, wait->pid)) {
            reply(wait->token, -ECHILD, 0, 0, 0);
            forget_wait(wait);
        }
    }
}

/* Children live on with nobody to wait for them; those that ended already are forgotten. */
static void orphan_children(struct process *process)
{
    LIST_FOR_EACH (link, &process->children) {
        list_remove(link);
        LIST_ENTRY(link, struct process, sibling)->parent = NULL;
    }
    LIST_FOR_EACH (link, &process->ended)
        process_forget(LIST_ENTRY(link, struct process, sibling));
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
    process_forget_waits(process);
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
    if (parent == NULL) {
        process_forget(process);
        return;
    }
    list_remove(&process->sibling);
    list_append(&parent->ended, &process->sibling);
    tell_parent(parent, process);
}

void process_wait(struct process *process, int64_t pid, bool block, uint64_t token)
{
    struct process *child = ended_child(process, pid);
    if (child != NULL) {
        if (tell(child, token))
            process_forget(child);
        return;
    }
    struct wait *wait = NULL;
    if (!has_child(process, pid)) {
        reply(token, -ECHILD, 0, 0, 0);
    } else if (!block) {
        reply(token, 0, 0, 0, 0);
    } else if ((wait = memory_allocate(sizeof *wait)) == NULL) {
        reply(token, -ENOMEM, 0, 0, 0);
    } else {
        *wait = (struct wait){.token = token, .pid = pid};
        list_append(&process->waits, &wait->link);
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
            process_end(process, PROCESS_STATUS_KILLED, PROCESS_KILLED_BY(0));
            process = process_first();
        } else {
            process = process_next(process);
        }
    }
}
