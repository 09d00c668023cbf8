/*
 * See workload.h.
 */
#include "workload.h"

#include <paging_group.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

_Noreturn void workload_fail(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    putchar('\n');
    exit(1);
}

static _Noreturn void refuse(const char *program, const char *message,
                             const struct parameter *table)
{
    printf("%s: %s\n", program, message);
    for (; table->name != NULL; table++)
        printf("  %s=%s\t%s\n", table->name, table->choices != NULL ? table->choices : "NUMBER",
               table->meaning);
    exit(2);
}

void workload_parameters(int argc, char *argv[], int first, struct parameter *table)
{
    char message[PARAMETER_MESSAGE_BYTES];
    for (int i = first; i < argc; i++) {
        if (!parameter_read(table, argv[i], message))
            refuse(argv[0], message, table);
    }
}

static void counters(struct group_statistics *group)
{
    if (group_counters(group_of(0), group) != 0)
        workload_fail("the group has no counters");
}

uint64_t workload_frames(const struct parameter *frames)
{
    if (frames->given && frames->value != 0)
        return frames->value;
    struct group_statistics group;
    counters(&group);
    if (group.limit == UINT64_MAX)
        workload_fail("how much memory? Say %s=NUMBER, or run it in a group with a limit",
                      frames->name);
    return group.limit;
}

void workload_start(struct group_statistics *before)
{
    counters(before);
}

void workload_result(const char *name, uint64_t operations, uint64_t check,
                     const struct group_statistics *before)
{
    struct group_statistics now;
    counters(&now);
    printf("%s: operations %lu check %016lx faults %lu page-ins %lu page-outs %lu evictions %lu "
           "refaults %lu\n",
           name, (unsigned long)operations, (unsigned long)check,
           (unsigned long)(now.faults - before->faults),
           (unsigned long)(now.page_ins - before->page_ins),
           (unsigned long)(now.page_outs - before->page_outs),
           (unsigned long)(now.evictions_clean + now.evictions_dirty - before->evictions_clean -
                           before->evictions_dirty),
           (unsigned long)(now.refaults - before->refaults));
}

void *workload_memory(uint64_t bytes)
{
    void *memory = mmap(NULL, (bytes + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES,
                        PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        workload_fail("no address space for %lu bytes", (unsigned long)bytes);
    return memory;
}
