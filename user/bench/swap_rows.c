/*
 * Throughput to the disks, in pages and nanoseconds of the system's clock: run without
 * --icount, with fewer frames than the row's SWAP_PAGES (`quire run --frames 2048`).
 * Lines: `rate NAME pages nanoseconds moved busy depth requests`; moved: pages that the disks really
 * transferred; of the disk with more requests: how many, for how many thousandths of the time it
 * was busy, and its mean number in flight meanwhile, in tenths.
 */
#include "rows.h"

#include "../../libsys/c/calls.h"

#include <fcntl.h>
#include <quire/statistics.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SWAP_PAGES 8192ul
#define RANDOM_TOUCHES 8192ul
#define FAULTERS 16ul
#define FILE_PAGES 8192ul
#define FILE_NAME "bench.dat"

static uint64_t nanoseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* Pages from and to the disks since the group began. */
static uint64_t pages_moved(void)
{
    struct group_statistics group;
    server_call(PAGER_HANDLE, PAGER_GROUP_STATISTICS, 0, (uintptr_t)&group, 0, 0, 0,
                stack_pointer());
    return group.page_ins + group.page_outs;
}

static struct system_statistics system_statistics(void)
{
    struct system_statistics system;
    server_call(PAGER_HANDLE, PAGER_SYSTEM_STATISTICS, (uintptr_t)&system, 0, 0, 0, 0,
                stack_pointer());
    return system;
}

struct interval {
    uint64_t nanoseconds, moved;
    struct system_statistics system;
};

static struct interval interval_begin(void)
{
    struct interval begin = {.moved = pages_moved(), .system = system_statistics()};
    begin.nanoseconds = nanoseconds();
    return begin;
}

static struct disk_activity activity_since(const struct disk_activity *now,
                                           const struct disk_activity *begin)
{
    return (struct disk_activity){now->requests - begin->requests,
                                  now->busy_ticks - begin->busy_ticks,
                                  now->in_flight_ticks - begin->in_flight_ticks};
}

static void interval_report(const struct interval *begin, const char *row, uint64_t pages)
{
    uint64_t length = nanoseconds() - begin->nanoseconds;
    struct system_statistics now = system_statistics();
    struct disk_activity files = activity_since(&now.disk, &begin->system.disk),
                         swap = activity_since(&now.swap, &begin->system.swap);
    const struct disk_activity *disk = files.requests > swap.requests ? &files : &swap;
    uint64_t ticks = now.time_stamp - begin->system.time_stamp;
    uint64_t busy_ticks = disk->busy_ticks != 0 ? disk->busy_ticks : 1;
    printf("rate %-26s %10lu %14lu %10lu %6lu %6lu %8lu\n", row, (unsigned long)pages,
           (unsigned long)length, (unsigned long)(pages_moved() - begin->moved),
           (unsigned long)(disk->busy_ticks * 1000 / ticks),
           (unsigned long)(disk->in_flight_ticks * 10 / busy_ticks), (unsigned long)disk->requests);
}

static char *swap_area(const char *row)
{
    return map_pages(row, SWAP_PAGES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
}

/* Not zero, and of no two pages the same. */
__attribute__((noinline)) static void write_pages(char *memory, size_t pages)
{
    for (size_t page = 0; page < pages; page++)
        *(volatile uint64_t *)(memory + page * PAGE) = page + 1;
}

__attribute__((noinline)) static void read_pages(const char *row, char *memory, size_t pages)
{
    for (size_t page = 0; page < pages; page++)
        require(*(volatile uint64_t *)(memory + page * PAGE) == page + 1, row);
}

void swap_sequential(const char *row)
{
    char *memory = swap_area(row);
    struct interval interval = interval_begin();
    write_pages(memory, SWAP_PAGES);
    interval_report(&interval, "swap_out_sequential", SWAP_PAGES);
    /* Until now the first pages are long on the disk; the last ones still leave. */
    interval = interval_begin();
    read_pages(row, memory, SWAP_PAGES);
    interval_report(&interval, "swap_in_sequential", SWAP_PAGES);
    munmap(memory, SWAP_PAGES * PAGE);
}

/* A fixed sequence that looks random; `seed` is its state. */
static uint64_t next_random(uint64_t *seed)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return *seed >> 33;
}

__attribute__((noinline)) static void read_randomly(const char *row, char *memory, uint64_t seed,
                                                    size_t touches)
{
    for (size_t touch = 0; touch < touches; touch++) {
        size_t page = next_random(&seed) % SWAP_PAGES;
        require(*(volatile uint64_t *)(memory + page * PAGE) == page + 1, row);
    }
}

void swap_random(const char *row)
{
    char *memory = swap_area(row);
    write_pages(memory, SWAP_PAGES);
    struct interval interval = interval_begin();
    read_randomly(row, memory, 1, RANDOM_TOUCHES);
    interval_report(&interval, row, RANDOM_TOUCHES);
    munmap(memory, SWAP_PAGES * PAGE);
}

/* Many processes fault on swapped pages at once. */
void swap_parallel(const char *row)
{
    char *memory = swap_area(row);
    write_pages(memory, SWAP_PAGES);
    struct interval interval = interval_begin();
    for (size_t number = 0; number < FAULTERS; number++) {
        pid_t child = fork();
        require(child >= 0, row);
        if (child == 0) {
            read_randomly(row, memory, number + 1, RANDOM_TOUCHES / FAULTERS);
            _exit(0);
        }
    }
    for (size_t number = 0; number < FAULTERS; number++) {
        int status = 0;
        require(wait(&status) > 0 && status == 0, row);
    }
    interval_report(&interval, row, RANDOM_TOUCHES);
    munmap(memory, SWAP_PAGES * PAGE);
}

__attribute__((noinline)) static void write_file(const char *row, int descriptor, char *page)
{
    for (size_t index = 0; index < FILE_PAGES; index++)
        require(write(descriptor, page, PAGE) == PAGE, row);
    require(fsync(descriptor) == 0, row);
}

__attribute__((noinline)) static void read_file(const char *row, int descriptor, char *page)
{
    for (size_t index = 0; index < FILE_PAGES; index++)
        require(pread(descriptor, page, PAGE, (off_t)(index * PAGE)) == PAGE, row);
}

/* A file twice as large as the frames, written and synced, and read. */
void file_sequential(const char *row)
{
    char *page = malloc(PAGE);
    int descriptor = open(FILE_NAME, O_RDWR | O_CREAT | O_TRUNC, 0644);
    require(page != NULL && descriptor >= 0, row);
    memset(page, 1, PAGE);
    struct interval interval = interval_begin();
    write_file(row, descriptor, page);
    interval_report(&interval, "file_write_sequential", FILE_PAGES);
    interval = interval_begin();
    read_file(row, descriptor, page);
    interval_report(&interval, "file_read_sequential", FILE_PAGES);
    close(descriptor);
    unlink(FILE_NAME);
    free(page);
}
