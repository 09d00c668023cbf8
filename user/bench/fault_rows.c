/* Page faults of each kind, from the faulting instruction until it has run. */
#include "rows.h"

#include <fcntl.h>
#include <paging_group.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define FILE_NAME "bench.dat"
#define TABLE_REACH (512ul * PAGE) /* what one page table covers */
#define TABLES 64
#define HUGE_PAGES 8

static void touch_anonymous(const char *row, bool write)
{
    struct samples samples = samples_begin(row, PAGES);
    char *memory = map_pages(row, PAGES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
    touch_each(&samples, memory, PAGES, PAGE, write);
    munmap(memory, PAGES * PAGE);
    samples_report(&samples, row, 1);
}

void zero_fill(const char *row)
{
    touch_anonymous(row, true);
}

void zero_fill_read(const char *row)
{
    touch_anonymous(row, false);
}

/* Each touch needs a page table of its own. */
void zero_fill_new_table(const char *row)
{
    struct samples samples = samples_begin(row, TABLES);
    size_t pages = TABLES * TABLE_REACH / PAGE;
    char *memory = map_pages(row, pages, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
    touch_each(&samples, memory, TABLES, TABLE_REACH, true);
    munmap(memory, pages * PAGE);
    samples_report(&samples, row, 1);
}

/* HUGE_PAGES aligned pieces of 2 MiB that ask for huge pages. The mapping is larger, for the alignment. */
static char *map_huge(const char *row, char **mapping)
{
    size_t pages = (HUGE_PAGES + 1) * TABLE_REACH / PAGE;
    *mapping = map_pages(row, pages, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
    char *memory = (char *)(((uintptr_t)*mapping + TABLE_REACH - 1) & ~(TABLE_REACH - 1));
    require(madvise(memory, HUGE_PAGES * TABLE_REACH, MADV_HUGEPAGE) == 0, row);
    return memory;
}

static uint64_t huge_pages_made(const char *row)
{
    struct group_statistics counters;
    require(group_counters(group_of(0), &counters) == 0, row);
    return counters.faults_large;
}

static void touch_huge(const char *row, uint64_t operations)
{
    struct samples samples = samples_begin(row, HUGE_PAGES);
    char *mapping, *memory = map_huge(row, &mapping);
    uint64_t before = huge_pages_made(row);
    touch_each(&samples, memory, HUGE_PAGES, TABLE_REACH, true);
    require(huge_pages_made(row) - before == HUGE_PAGES, row);
    munmap(mapping, (HUGE_PAGES + 1) * TABLE_REACH);
    samples_report(&samples, row, operations);
}

void huge_zero_fill(const char *row)
{
    touch_huge(row, 1);
}

void huge_zero_fill_per_page(const char *row)
{
    touch_huge(row, TABLE_REACH / PAGE);
}

/* Takes a page's right to be written: all that is done besides is the split. */
void huge_split(const char *row)
{
    struct samples samples = samples_begin(row, HUGE_PAGES);
    char *mapping, *memory = map_huge(row, &mapping);
    for (size_t i = 0; i < HUGE_PAGES; i++) {
        memory[i * TABLE_REACH] = 1;
        uint64_t start = ticks();
        require(mprotect(memory + i * TABLE_REACH, PAGE, PROT_READ) == 0, row);
        samples_add(&samples, ticks() - start);
    }
    munmap(mapping, (HUGE_PAGES + 1) * TABLE_REACH);
    samples_report(&samples, row, 1);
}

/* A file of PAGES pages whose pages are all in the page cache. */
static int cached_file(const char *row)
{
    static char page[PAGE];
    int descriptor = open(FILE_NAME, O_RDWR | O_CREAT | O_TRUNC, 0644);
    for (int index = 0; index < PAGES; index++) {
        memset(page, index + 1, PAGE);
        require(write(descriptor, page, PAGE) == PAGE, row);
    }
    return descriptor;
}

static void touch_file(const char *row, int protection, int flags, bool write)
{
    struct samples samples = samples_begin(row, PAGES);
    int descriptor = cached_file(row);
    char *memory = map_pages(row, PAGES, protection, flags, descriptor);
    touch_each(&samples, memory, PAGES, PAGE, write);
    munmap(memory, PAGES * PAGE);
    close(descriptor);
    unlink(FILE_NAME);
    samples_report(&samples, row, 1);
}

void file_hit_shared(const char *row)
{
    touch_file(row, PROT_READ, MAP_SHARED, false);
}

void file_hit_private(const char *row)
{
    touch_file(row, PROT_READ, MAP_PRIVATE, false);
}

/* One fault a window of AROUND pages, all of them in the page cache. The mapping is aligned to its size. */
void file_hit_around(const char *row)
{
    enum { AROUND = 16 };
    struct samples samples = samples_begin(row, PAGES / AROUND);
    int descriptor = cached_file(row);
    char *place = map_pages(row, 2 * PAGES, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1);
    char *memory = place + (-(uintptr_t)place & (PAGES * PAGE - 1));
    require(mmap(memory, PAGES * PAGE, PROT_READ, MAP_SHARED | MAP_FIXED, descriptor, 0) == memory,
            row);
    require(madvise(memory, PAGES * PAGE, MADV_FAULT_AROUND) == 0, row);
    touch_each(&samples, memory, PAGES / AROUND, AROUND * PAGE, false);
    munmap(place, 2 * PAGES * PAGE);
    close(descriptor);
    unlink(FILE_NAME);
    samples_report_per_page(&samples, row, AROUND);
    samples_report(&samples, row, 1);
}

void private_file_write(const char *row)
{
    touch_file(row, PROT_READ | PROT_WRITE, MAP_PRIVATE, true);
}

/* Of their own, so that `quire profile --within` tells the two apart. */
__attribute__((noinline)) static void touch_shared(struct samples *samples, char *memory)
{
    touch_each(samples, memory, PAGES, PAGE, true);
}

__attribute__((noinline)) static void touch_left_over(struct samples *samples, char *memory)
{
    touch_each(samples, memory, PAGES, PAGE, true);
}

/* The child writes to pages that it shares with its parent: each is copied. Then the parent, the
   only owner left, writes to them: each is taken over where it is. */
void copy_on_write(const char *row)
{
    struct samples samples = samples_begin(row, PAGES);
    char *memory = map_pages(row, PAGES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
    memset(memory, 1, PAGES * PAGE);
    pid_t child = fork();
    if (child == 0) {
        struct samples own = samples_begin(row, PAGES);
        touch_shared(&own, memory);
        samples_report(&own, row, 1);
        fflush(stdout);
        _exit(0);
    }
    require(child > 0 && waitpid(child, NULL, 0) == child, row);
    touch_left_over(&samples, memory);
    samples_report(&samples, "fault_cow_reuse", 1);
    munmap(memory, PAGES * PAGE);
}

/* Pages that are in memory and swappable, but not in the page table of the child that reads them. */
void in_cache(const char *row)
{
    char *memory = map_pages(row, PAGES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
    memset(memory, 1, PAGES * PAGE);
    pid_t child = fork();
    if (child == 0) {
        struct samples own = samples_begin(row, PAGES);
        touch_each(&own, memory, PAGES, PAGE, false);
        samples_report(&own, row, 1);
        fflush(stdout);
        _exit(0);
    }
    require(child > 0 && waitpid(child, NULL, 0) == child, row);
    munmap(memory, PAGES * PAGE);
}

/* The page is there for reading when the write comes. */
void protection_upgrade(const char *row)
{
    struct samples samples = samples_begin(row, PAGES);
    char *memory = map_pages(row, PAGES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
    memset(memory, 1, PAGES * PAGE);
    require(mprotect(memory, PAGES * PAGE, PROT_READ) == 0, row);
    for (size_t page = 0; page < PAGES; page++)
        (void)*(volatile char *)(memory + page * PAGE);
    require(mprotect(memory, PAGES * PAGE, PROT_READ | PROT_WRITE) == 0, row);
    touch_each(&samples, memory, PAGES, PAGE, true);
    munmap(memory, PAGES * PAGE);
    samples_report(&samples, row, 1);
}

/*
 * Each touch is in another region, in no order: a walk over the even ones that meets each once.
 * Its odd neighbour was touched before, so that the page table is there.
 */
void spread_over_regions(const char *row)
{
    const size_t stride = 2 * 7919; /* twice a prime that does not divide the counts */
    size_t count = made_region_count & ~1ul, touches = count / 2 < PAGES ? count / 2 : PAGES;
    struct samples samples = samples_begin(row, PAGES);
    for (size_t touch = 0, at = 0; touch < touches; touch++) {
        at = (at + stride) % count;
        (void)*(volatile char *)made_regions[at + 1];
        touch_each(&samples, made_regions[at], 1, PAGE, false);
    }
    samples_report(&samples, row, 1);
}

/* A push with the stack pointer a page lower each time: the region grows by a page. */
__attribute__((noinline)) static void grow_stack(struct samples *samples)
{
    char *top = (char *)((uintptr_t)__builtin_frame_address(0) & -(uintptr_t)PAGE);
    for (size_t page = 1; page <= PAGES; page++) {
        uint64_t start = ticks();
        __asm__ volatile("movq %%rsp, %%rcx\n movq %0, %%rsp\n pushq $0\n movq %%rcx, %%rsp"
                         :
                         : "r"(top - (page + 4) * PAGE)
                         : "rcx", "memory");
        samples_add(samples, ticks() - start);
    }
}

void stack_growth(const char *row)
{
    struct samples samples = samples_begin(row, PAGES);
    grow_stack(&samples);
    samples_report(&samples, row, 1);
}
