/* group: paging groups, their budgets and counters. */
#include "../../libsys/c/calls.h"

#include <errno.h>
#include <paging_group.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

static const char usage[] =
    "group                           lists them\n"
    "group N                         all counters of one\n"
    "group N limit FRAMES [MINIMUM]  its budget; 0: no limit\n"
    "group N read-ahead PAGES        read behind a page that is waited for\n"
    "group N fault-around PAGES      mapped when one of them faults\n"
    "group run FRAMES POLICY PROGRAM [ARGUMENT]...";

static void print_limit(uint64_t limit)
{
    if (limit == UINT64_MAX)
        printf(" %9s", "none");
    else
        printf(" %9lu", (unsigned long)limit);
}

static int list(void)
{
    struct system_statistics system;
    struct group_statistics group;
    server_call(PAGER_HANDLE, PAGER_SYSTEM_STATISTICS, (uintptr_t)&system, 0, 0, 0, 0,
                stack_pointer());
    printf("%5s %9s %9s %9s %9s %9s %9s  %s\n", "group", "processes", "limit", "resident", "faults",
           "evictions", "refaults", "policy");
    uint64_t left = system.groups;
    for (int id = 0; left > 0 && id <= (int)UINT16_MAX; id++) {
        if (group_counters(id, &group) != 0)
            continue;
        left--;
        printf("%5d %9u", id, group.processes);
        print_limit(group.limit);
        printf(" %9lu %9lu %9lu %9lu  %s\n", (unsigned long)group.resident,
               (unsigned long)group.faults,
               (unsigned long)(group.evictions_clean + group.evictions_dirty),
               (unsigned long)group.refaults, group.policy);
    }
    return 0;
}

static int show(int id)
{
    struct group_statistics group;
    if (group_counters(id, &group) != 0) {
        printf("group: there is no group %d\n", id);
        return 1;
    }
    const struct {
        const char *what;
        uint64_t count;
    } rows[] = {
        {"processes", group.processes},
        {"minimum", group.minimum},
        {"limit", group.limit == UINT64_MAX ? 0 : group.limit},
        {"resident", group.resident},
        {"resident at most", group.resident_peak},
        {"read-ahead", group.read_ahead},
        {"fault-around", group.fault_around},
        {"faults", group.faults},
        {"pages mapped along", group.mapped_around},
        {"references seen", group.references},
        {"evictions, clean", group.evictions_clean},
        {"evictions, dirty", group.evictions_dirty},
        {"refaults", group.refaults},
        {"page-ins", group.page_ins},
        {"page-outs", group.page_outs},
        {"victims refused", group.rejected},
        {"victims the core picked", group.core_picked},
        {"victims used meanwhile", group.rescued},
        {"policies taken out", group.contained},
        {"looks at Accessed bits", group.scans},
        {"calls of hooks", group.policy_calls},
        {"ticks in hooks", group.policy_ticks},
        {"virtual time", group.virtual_time},
    };
    printf("%-24s %12s\n%-24s %12s\n", "policy", group.policy, "in a task of its own",
           group.policy_in_task ? "yes" : "no");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        printf("%-24s %12lu\n", rows[i].what, (unsigned long)rows[i].count);
    return 0;
}

static int set_limit(int id, int argc, char *argv[])
{
    size_t minimum = argc > 4 ? strtoul(argv[4], NULL, 10) : 0;
    if (group_set_limit(id, minimum, strtoul(argv[3], NULL, 10)) == 0)
        return 0;
    printf("group: %s\n", errno == EINVAL ? "the minimum is above the limit" : strerror(errno));
    return 1;
}

/* NAME PAGES; -1: there is no such option. */
static int set_option(int id, const char *name, const char *pages)
{
    enum group_option option;
    if (strcmp(name, "read-ahead") == 0)
        option = GROUP_READ_AHEAD;
    else if (strcmp(name, "fault-around") == 0)
        option = GROUP_FAULT_AROUND;
    else
        return -1;
    if (group_set_option(id, option, strtoul(pages, NULL, 10)) == 0)
        return 0;
    printf("group: %s\n", strerror(errno));
    return 1;
}

static int run(char *argv[])
{
    char path[4096] = "/";
    strlcpy(path + (argv[4][0] != '/'), argv[4], sizeof path - 1);
    pid_t pid = spawn_in_group(path, argv + 4, strtoul(argv[2], NULL, 10), argv[3]);
    if (pid < 0) {
        printf("group: %s: %s\n", argv[4], strerror(errno));
        return 1;
    }
    int status;
    waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

int main(int argc, char *argv[])
{
    if (argc == 1)
        return list();
    if (argc >= 5 && strcmp(argv[1], "run") == 0)
        return run(argv);
    char *end;
    long id = strtol(argv[1], &end, 10);
    if (end != argv[1] && *end == '\0' && id >= 0 && id <= (long)UINT16_MAX) {
        if (argc == 2)
            return show((int)id);
        if (argc >= 4 && strcmp(argv[2], "limit") == 0)
            return set_limit((int)id, argc, argv);
        int status = argc == 4 ? set_option((int)id, argv[2], argv[3]) : -1;
        if (status >= 0)
            return status;
    }
    puts(usage);
    return 2;
}
