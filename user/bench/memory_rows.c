/* mmap, munmap, mprotect and madvise. */
#include "rows.h"

#include <string.h>
#include <sys/mman.h>

#define REPETITIONS 256
#define ROUNDS 16
#define GIBIBYTE (1ul << 30)
#define ANONYMOUS (MAP_PRIVATE | MAP_ANONYMOUS)

static void map_unmap(const char *row, size_t bytes, bool touch)
{
    struct samples samples = samples_begin(row, REPETITIONS);
    for (int index = 0; index < REPETITIONS; index++) {
        uint64_t start = ticks();
        char *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, ANONYMOUS, -1, 0);
        if (touch)
            *(volatile char *)memory = 1;
        munmap(memory, bytes);
        samples_add(&samples, ticks() - start);
    }
    samples_report(&samples, row, 1);
}

void map_and_unmap(const char *row)
{
    map_unmap(row, PAGE, false);
}

void map_touch_and_unmap(const char *row)
{
    map_unmap(row, PAGE, true);
}

void map_and_unmap_gibibyte(const char *row)
{
    map_unmap(row, GIBIBYTE, false);
}

/* Of each of PAGES pages that are in memory and mapped. */
void unmap_touched(const char *row)
{
    struct samples samples = samples_begin(row, ROUNDS);
    for (int round = 0; round < ROUNDS; round++) {
        char *memory = map_pages(row, PAGES, PROT_READ | PROT_WRITE, ANONYMOUS, -1);
        memset(memory, 1, PAGES * PAGE);
        uint64_t start = ticks();
        munmap(memory, PAGES * PAGE);
        samples_add(&samples, ticks() - start);
    }
    samples_report(&samples, row, PAGES);
}

void protect_touched(const char *row)
{
    struct samples samples = samples_begin(row, ROUNDS);
    char *memory = map_pages(row, PAGES, PROT_READ | PROT_WRITE, ANONYMOUS, -1);
    for (int round = 0; round < ROUNDS; round++) {
        memset(memory, 1, PAGES * PAGE);
        uint64_t start = ticks();
        require(mprotect(memory, PAGES * PAGE, PROT_READ) == 0, row);
        samples_add(&samples, ticks() - start);
        require(mprotect(memory, PAGES * PAGE, PROT_READ | PROT_WRITE) == 0, row);
    }
    munmap(memory, PAGES * PAGE);
    samples_report(&samples, row, PAGES);
}

void forget_touched(const char *row)
{
    struct samples samples = samples_begin(row, ROUNDS);
    char *memory = map_pages(row, PAGES, PROT_READ | PROT_WRITE, ANONYMOUS, -1);
    for (int round = 0; round < ROUNDS; round++) {
        memset(memory, 1, PAGES * PAGE);
        uint64_t start = ticks();
        require(madvise(memory, PAGES * PAGE, MADV_DONTNEED) == 0, row);
        samples_add(&samples, ticks() - start);
    }
    munmap(memory, PAGES * PAGE);
    samples_report(&samples, row, PAGES);
}
