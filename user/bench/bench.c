/*
 * bench: what the system's paths cost, a row each: `row NAME median minimum mean`, in
 * instructions under `quire run --icount`, in cycles on a real machine. Without a name as
 * argument all rows of the core set; see docs/performance.md, and `quire bench`.
 *
 *      --regions N     first gives this program N regions
 *      --processes N   first starts N processes, which sleep
 */
#include "rows.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct {
    const char *name;
    void (*run)(const char *row);
    bool not_core; /* only when it is named: it needs a set-up of its own */
} rows[] = {
    {"null_syscall", null_system_call, false},
    {"zero_page", zero_page, false},
    {"copy_page", copy_page, false},
    /* These copy what the program has, so they come before the rows that leave more of it. */
    {"fork_exit_wait_100", fork_exit_wait_100, false},
    {"fork_exit_wait_10000", fork_exit_wait_10000, false},
    {"fork_exec_wait", fork_exec_wait, false},
    {"spawn_wait", spawn_wait, false},
    {"fault_zero_fill", zero_fill, false},
    {"fault_zero_fill_read", zero_fill_read, false},
    {"fault_zero_fill_new_table", zero_fill_new_table, false},
    {"huge_zero_fill", huge_zero_fill, false},
    {"huge_zero_fill_per_page", huge_zero_fill_per_page, false},
    {"huge_split", huge_split, false},
    {"fault_file_hit", file_hit_shared, false},
    {"fault_file_hit_private", file_hit_private, false},
    {"fault_file_around", file_hit_around, false},
    {"fault_file_private_write", private_file_write, false},
    {"fault_cow", copy_on_write, false},
    {"fault_in_cache", in_cache, false},
    {"fault_protection", protection_upgrade, false},
    {"fault_stack_growth", stack_growth, false},
    {"fault_spread", spread_over_regions, true},
    {"mmap_munmap_1", map_and_unmap, false},
    {"mmap_touch_munmap_1", map_touch_and_unmap, false},
    {"mmap_munmap_1g", map_and_unmap_gibibyte, false},
    {"munmap_256_per_page", unmap_touched, false},
    {"mprotect_256_per_page", protect_touched, false},
    {"dontneed_256_per_page", forget_touched, false},
    {"open_close", open_and_close, false},
    {"read_1", read_1, false},
    {"read_4k", read_4k, false},
    {"read_1m", read_1m, false},
    {"write_1", write_1, false},
    {"write_4k", write_4k, false},
    {"write_1m", write_1m, true}, /* how much is written back meanwhile is the disk's matter */
    {"swap_sequential", swap_sequential, true},
    {"swap_in_random", swap_random, true},
    {"swap_in_parallel", swap_parallel, true},
    {"file_sequential", file_sequential, true},
};

static void show_rows(void)
{
    fputs("bench: the rows are:", stderr);
    for (size_t index = 0; index < sizeof rows / sizeof *rows; index++)
        fprintf(stderr, " %s", rows[index].name);
    fputc('\n', stderr);
}

static bool wanted(size_t index, int count, char *names[])
{
    for (int number = 0; number < count; number++)
        if (strcmp(names[number], rows[index].name) == 0)
            return true;
    return count == 0 && !rows[index].not_core;
}

char **made_regions;
size_t made_region_count;

/* Neighbours differ in their protection, so that they stay regions of their own. */
static void make_regions(long count)
{
    made_regions = calloc((size_t)count + 1, sizeof *made_regions);
    require(made_regions != NULL, "--regions");
    made_region_count = (size_t)count;
    for (long number = 0; number < count; number++)
        made_regions[number] =
            map_pages("--regions", 1, number % 2 == 0 ? PROT_READ : PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1);
}

static pid_t *make_processes(long count)
{
    pid_t *children = calloc((size_t)count + 1, sizeof *children);
    require(children != NULL, "--processes");
    for (long number = 0; number < count; number++) {
        children[number] = fork();
        require(children[number] >= 0, "--processes");
        while (children[number] == 0)
            sleep(1000000);
    }
    return children;
}

int main(int argc, char *argv[])
{
    long regions = 0, processes = 0;
    int first = 1;

    if (argc == 2 && strcmp(argv[1], "--nothing") == 0)
        return 0;
    for (; first + 1 < argc && strncmp(argv[first], "--", 2) == 0; first += 2) {
        long count = strtol(argv[first + 1], NULL, 10);
        if (strcmp(argv[first], "--regions") == 0)
            regions = count;
        else if (strcmp(argv[first], "--processes") == 0)
            processes = count;
        else
            break;
    }
    int known = 0;
    for (size_t index = 0; index < sizeof rows / sizeof *rows; index++)
        known += wanted(index, argc - first, argv + first);
    if (known < argc - first) {
        show_rows();
        return 2;
    }
    make_regions(regions);
    pid_t *children = make_processes(processes);
    for (size_t index = 0; index < sizeof rows / sizeof *rows; index++)
        if (wanted(index, argc - first, argv + first))
            rows[index].run(rows[index].name);
    for (long number = 0; number < processes; number++)
        kill(children[number], SIGKILL);
    return 0;
}
