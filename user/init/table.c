/*
 * The process table: a list of all, and hash tables by pid and by address space that grow
 * with the number of processes.
 */
#include "init.h"
#include "process.h"

#include <string.h>

#define FIRST_BUCKETS 64u

static struct list_link all_processes;
static struct process **by_pid, **by_space;
static uint32_t bucket_count, process_total;
static uint32_t last_pid;

void process_table_initialize(void)
{
    list_initialize(&all_processes);
}

static void insert(struct process *process)
{
    struct process **bucket = &by_pid[process->pid % bucket_count];
    process->pid_next = *bucket;
    *bucket = process;
    if (process->space != 0) {
        bucket = &by_space[process->space % bucket_count];
        process->space_next = *bucket;
        *bucket = process;
    }
}

/* Twice as many buckets when there are more processes than buckets. Keeping the old tables when
   memory is short only costs speed; false only if there are none at all. */
static bool make_room(void)
{
    if (process_total < bucket_count)
        return true;
    uint32_t count = bucket_count == 0 ? FIRST_BUCKETS : 2 * bucket_count;
    size_t bytes = count * sizeof(struct process *);
    struct process **pids = memory_allocate(bytes), **spaces = memory_allocate(bytes);
    if (pids == NULL || spaces == NULL) {
        memory_free(pids, bytes);
        memory_free(spaces, bytes);
        return bucket_count != 0;
    }
    memory_free(by_pid, bucket_count * sizeof(struct process *));
    memory_free(by_space, bucket_count * sizeof(struct process *));
    by_pid = pids;
    by_space = spaces;
    bucket_count = count;
    LIST_FOR_EACH (link, &all_processes)
        insert(LIST_ENTRY(link, struct process, all));
    return true;
}

struct process *process_new(struct process *parent, const char *name, size_t length)
{
    if (!make_room())
        return NULL;
    struct process *process = memory_allocate(sizeof *process);
    char *copy = memory_allocate(length + 1);
    if (process == NULL || copy == NULL) {
        memory_free(process, sizeof *process);
        memory_free(copy, length + 1);
        return NULL;
    }
    memcpy(copy, name, length);
    copy[length] = '\0';
    process->name = copy;
    do
        last_pid = last_pid >= INT32_MAX ? 1 : last_pid + 1;
    while (process_by_pid(last_pid) != NULL);
    process->pid = last_pid;
    process->parent = parent;
    list_initialize(&process->children);
    list_initialize(&process->ended);
    list_initialize(&process->sibling);
    list_initialize(&process->waits);
    if (parent != NULL)
        list_append(&parent->children, &process->sibling);
    list_append(&all_processes, &process->all);
    process_total++;
    insert(process);
    return process;
}

static void unchain(struct process **link, struct process *process, bool by_space_chain)
{
    while (*link != NULL && *link != process)
        link = by_space_chain ? &(*link)->space_next : &(*link)->pid_next;
    if (*link != NULL)
        *link = by_space_chain ? process->space_next : process->pid_next;
}

void process_set_space(struct process *process, uint32_t space, uint32_t task, uint32_t thread)
{
    if (process->space != 0)
        unchain(&by_space[process->space % bucket_count], process, true);
    process->space = space;
    process->task = task;
    process->thread = thread;
    if (space != 0) {
        struct process **bucket = &by_space[space % bucket_count];
        process->space_next = *bucket;
        *bucket = process;
    }
}

void process_forget(struct process *process)
{
    LIST_FOR_EACH (link, &process->children) {
        LIST_ENTRY(link, struct process, sibling)->parent = NULL;
        list_remove(link);
    }
    process_set_space(process, 0, 0, 0);
    unchain(&by_pid[process->pid % bucket_count], process, false);
    list_remove(&process->sibling);
    list_remove(&process->all);
    process_total--;
    memory_free(process->name, strlen(process->name) + 1);
    memory_free(process, sizeof *process);
}

struct process *process_by_pid(uint32_t pid)
{
    struct process *process = by_pid[pid % bucket_count];
    while (process != NULL && process->pid != pid)
        process = process->pid_next;
    return process;
}

struct process *process_by_space(uint32_t space)
{
    struct process *process = bucket_count == 0 ? NULL : by_space[space % bucket_count];
    while (process != NULL && process->space != space)
        process = process->space_next;
    return process;
}

struct process *process_first(void)
{
    struct list_link *link = list_first(&all_processes);
    return link == NULL ? NULL : LIST_ENTRY(link, struct process, all);
}

struct process *process_next(const struct process *process)
{
    struct list_link *link = process->all.next;
    return link == &all_processes ? NULL : LIST_ENTRY(link, struct process, all);
}

uint32_t process_count_in_group(uint32_t group)
{
    uint32_t count = 0;
    for (struct process *process = process_first(); process; process = process_next(process))
        if (process->group == group && process->state == PROCESS_RUNNING)
            count++;
    return count;
}
