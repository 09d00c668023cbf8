/*
 * The process table of init: who is whose child, who waits for whom.
 *
 *                spawn, fork                exit, kill, death
 *      (nothing) ----------> RUNNING ----------> ENDING ----------> ZOMBIE ---> (nothing)
 *                                    memory is being freed   status waits for the parent
 *
 * A process is one address space of the pager with its threads, a name for its exit line and a
 * place in the tree. Processes of a dead parent have none; they vanish when they end.
 *
 * init is one event loop. It blocks only in calls to the pager, which is below it; what it
 * owes a client later (a wait) it keeps as a reply token.
 */
#pragma once

#include <quire/list.h>
#include <quire/process_protocol.h>
#include <quire/system_call.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum process_state { PROCESS_RUNNING, PROCESS_ENDING, PROCESS_ZOMBIE };

#define PROCESS_STATUS_KILLED (-1)

struct process {
    uint32_t pid;
    uint32_t space;        /* the pager's id of its address space */
    uint32_t task, thread; /* handles; the thread is the first one */
    enum process_state state;
    int32_t status;
    uint32_t reason; /* enum death_reason, PROCESS_KILLED_BY(), 0: it exited */
    struct process *parent;
    struct list_link children; /* of struct process::sibling: those that run */
    struct list_link ended;    /* and those that ended, in that order, until they are waited for */
    struct list_link sibling;
    struct list_link all;                  /* in the process list */
    struct process *pid_next, *space_next; /* hash chains */
    struct list_link waits;                /* its threads that are in PROCESS_WAIT (end.c) */
    uint32_t own_group; /* a group that goes when the last process in it ends, 0: none */
    uint32_t group;
    char *name; /* for its exit line; allocated */
};

/* ---- table.c */
void process_table_initialize(void);
/* A new entry, RUNNING, child of `parent` (NULL: of nobody), named by a copy of name[0..length).
   NULL: no memory. */
struct process *process_new(struct process *parent, const char *name, size_t length);
void process_set_space(struct process *process, uint32_t space, uint32_t task, uint32_t thread);
/* Takes the entry out of every list and frees it; its children become nobody's. */
void process_forget(struct process *process);
struct process *process_by_pid(uint32_t pid);
struct process *process_by_space(uint32_t space);
/* How many processes are in the group and not ended. */
uint32_t process_count_in_group(uint32_t group);
/* The first of the list of all, and the next one; NULL at the end. */
struct process *process_first(void);
struct process *process_next(const struct process *process);

/* ---- create.c */
/* The words of a program to start: strings one after the other, path first. */
struct arguments {
    const char *block;
    size_t bytes;
    uint32_t argc;
};
/* Starts a program in a new process. 0 and *child, or a negative errno and nothing left. */
int32_t process_spawn(struct process *parent, uint32_t group, const struct arguments *arguments,
                      struct process **child);
/* `token`: of the thread that calls, whose copy runs in the child. */
int32_t process_fork(struct process *parent, uint64_t token, const char *name, size_t length,
                     uint32_t flags, struct process **child);
/* Replaces the program; on an error the old one is intact. */
int32_t process_exec(struct process *process, const struct arguments *arguments);

/* ---- end.c */
/* Prints the exit line, frees the memory, tells the parent. */
void process_end(struct process *process, int32_t status, uint32_t reason);
/* Answers now, or keeps the token. */
void process_wait(struct process *process, int64_t pid, bool block, uint64_t token);
/* The threads that wait are gone. */
void process_forget_waits(struct process *process);
/* Ends every process that the pager reports as stopped. */
void process_collect_deaths(void);
void process_kill_all_in_group(uint32_t group);

/* ---- timer.c */
/* The timer's notification came. */
void timer_run(void);
/* The suite's deadline, 0: none. */
void timer_set_deadline(uint64_t nanoseconds);

/* ---- program.c: loading of executables */
/* What is needed to start a program, checked completely before anything is changed. */
struct program;
int32_t program_open(const struct arguments *arguments, uint32_t directory_space,
                     struct program **program);
/* Maps segments and stack into an empty space and sets the thread's registers. */
int32_t program_load(struct program *program, uint32_t space, uint32_t thread);
void program_close(struct program *program);

/* ---- reply.c */
/* False: the client is gone. */
bool reply(uint64_t token, int32_t result, uint64_t word0, uint64_t word1, uint64_t word2);
