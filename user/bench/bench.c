/*
 * bench: what the system's paths cost, a row each: `row NAME median minimum mean`, in
 * instructions under `quire run --icount`. With names as arguments only those rows.
 *
 * zero_page and copy_page are the bare loops that zeroing and copying a page take, so that
 * a fault's cost can be given without them.
 */
#include "measure.h"

#include <fcntl.h>
#include <quire/system_call.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGES 256
#define REPETITIONS 256
#define PAGE 4096u

static void out_of_memory(const char *row)
{
    fprintf(stderr, "bench: no memory for %s\n", row);
    exit(1);
}

static struct samples begin(const char *row, size_t capacity)
{
    struct samples samples;
    if (!samples_begin(&samples, capacity))
        out_of_memory(row);
    return samples;
}

static void null_system_call(const char *row)
{
    struct samples samples = begin(row, REPETITIONS);
    for (int index = 0; index < REPETITIONS; index++) {
        uint64_t start = ticks();
        sys_version();
        samples_add(&samples, ticks() - start);
    }
    samples_report(&samples, row);
}

static void zero_page(const char *row)
{
    struct samples samples = begin(row, REPETITIONS);
    char *page = malloc(PAGE);
    if (page == NULL)
        out_of_memory(row);
    for (int index = 0; index < REPETITIONS; index++) {
        uint64_t start = ticks();
        memset(page, 0, PAGE);
        samples_add(&samples, ticks() - start);
    }
    free(page);
    samples_report(&samples, row);
}

static void copy_page(const char *row)
{
    struct samples samples = begin(row, REPETITIONS);
    char *pages = malloc(2 * PAGE);
    if (pages == NULL)
        out_of_memory(row);
    memset(pages, 0, 2 * PAGE);
    for (int index = 0; index < REPETITIONS; index++) {
        uint64_t start = ticks();
        memcpy(pages, pages + PAGE, PAGE);
        samples_add(&samples, ticks() - start);
    }
    free(pages);
    samples_report(&samples, row);
}

/* One access to each page of a mapping, timed one by one. A function of its own, so that `quire
   profile --within touch_each` counts the faults alone. */
__attribute__((noinline)) static void touch_each(struct samples *samples, volatile char *memory,
                                                 bool write)
{
    for (size_t page = 0; page < PAGES; page++) {
        volatile char *byte = memory + page * PAGE;
        uint64_t start = ticks();
        if (write)
            *byte = 1;
        else
            (void)*byte;
        samples_add(samples, ticks() - start);
    }
}

static char *map_or_exit(const char *row, int protection, int flags, int descriptor)
{
    char *memory = mmap(NULL, PAGES * PAGE, protection, flags, descriptor, 0);
    if (memory == MAP_FAILED) {
        perror(row);
        exit(1);
    }
    return memory;
}

static void zero_fill(const char *row)
{
    struct samples samples = begin(row, PAGES);
    char *memory = map_or_exit(row, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
    touch_each(&samples, memory, true);
    munmap(memory, PAGES * PAGE);
    samples_report(&samples, row);
}

/* A file of PAGES pages whose pages are all in the page cache. */
static int cached_file(const char *row)
{
    static char page[PAGE];
    int descriptor = open("bench.dat", O_RDWR | O_CREAT | O_TRUNC, 0644);
    for (int index = 0; index < PAGES; index++) {
        memset(page, index + 1, PAGE);
        if (write(descriptor, page, PAGE) != PAGE) {
            perror(row);
            exit(1);
        }
    }
    return descriptor;
}

static void file_hit(const char *row)
{
    struct samples samples = begin(row, PAGES);
    int descriptor = cached_file(row);
    char *memory = map_or_exit(row, PROT_READ, MAP_SHARED, descriptor);
    touch_each(&samples, memory, false);
    munmap(memory, PAGES * PAGE);
    close(descriptor);
    unlink("bench.dat");
    samples_report(&samples, row);
}

static void private_file_write(const char *row)
{
    struct samples samples = begin(row, PAGES);
    int descriptor = cached_file(row);
    char *memory = map_or_exit(row, PROT_READ | PROT_WRITE, MAP_PRIVATE, descriptor);
    touch_each(&samples, memory, true);
    munmap(memory, PAGES * PAGE);
    close(descriptor);
    unlink("bench.dat");
    samples_report(&samples, row);
}

/* The child writes to pages that it shares with its parent: each is copied. Then the parent, the
   only owner left, writes to them: each is taken over where it is. */
static void copy_on_write(const char *row)
{
    struct samples samples = begin(row, PAGES);
    char *memory = map_or_exit(row, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
    memset(memory, 1, PAGES * PAGE);
    pid_t child = fork();
    if (child == 0) {
        struct samples own = begin(row, PAGES);
        touch_each(&own, memory, true);
        samples_report(&own, row);
        fflush(stdout);
        _exit(0);
    }
    waitpid(child, NULL, 0);
    touch_each(&samples, memory, true);
    samples_report(&samples, "fault_cow_reuse");
    munmap(memory, PAGES * PAGE);
}

static void map_and_unmap(const char *row)
{
    struct samples samples = begin(row, REPETITIONS);
    for (int index = 0; index < REPETITIONS; index++) {
        uint64_t start = ticks();
        char *memory = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        munmap(memory, PAGE);
        samples_add(&samples, ticks() - start);
    }
    samples_report(&samples, row);
}

static void fork_exit_wait(const char *row)
{
    enum { RESIDENT = 100, ROUNDS = 16 };
    struct samples samples = begin(row, ROUNDS);
    char *memory = map_or_exit(row, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
    for (int round = 0; round < ROUNDS; round++) {
        for (int page = 0; page < RESIDENT; page++)
            memory[(size_t)page * PAGE] = (char)round;
        uint64_t start = ticks();
        pid_t child = fork();
        if (child == 0)
            _exit(0);
        waitpid(child, NULL, 0);
        samples_add(&samples, ticks() - start);
    }
    munmap(memory, PAGES * PAGE);
    samples_report(&samples, row);
}

static const struct {
    const char *name;
    void (*run)(const char *row);
} rows[] = {
    {"null_syscall", null_system_call},
    {"zero_page", zero_page},
    {"copy_page", copy_page},
    {"fault_zero_fill", zero_fill},
    {"fault_file_hit", file_hit},
    {"fault_file_private_write", private_file_write},
    {"fault_cow", copy_on_write},
    {"mmap_munmap_1", map_and_unmap},
    {"fork_exit_wait_100", fork_exit_wait},
};

int main(int argc, char *argv[])
{
    int known = 0;
    for (size_t index = 0; index < sizeof rows / sizeof *rows; index++) {
        bool wanted = argc < 2;
        for (int argument = 1; argument < argc; argument++)
            wanted |= strcmp(argv[argument], rows[index].name) == 0;
        if (!wanted)
            continue;
        known++;
        rows[index].run(rows[index].name);
    }
    if (known < argc - 1) {
        fputs("bench: the rows are:", stderr);
        for (size_t index = 0; index < sizeof rows / sizeof *rows; index++)
            fprintf(stderr, " %s", rows[index].name);
        fputc('\n', stderr);
        return 2;
    }
    return 0;
}
