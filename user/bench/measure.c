/* See measure.h. */
#include "measure.h"

#include "rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

static int compare(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return a < b ? -1 : a > b;
}

void row_failed(const char *row)
{
    perror(row);
    exit(1);
}

char *map_pages(const char *row, size_t pages, int protection, int flags, int descriptor)
{
    char *memory = mmap(NULL, pages * PAGE, protection, flags, descriptor, 0);
    require(memory != MAP_FAILED, row);
    return memory;
}

struct samples samples_begin(const char *row, size_t capacity)
{
    struct samples samples = {.ticks = calloc(capacity, sizeof *samples.ticks),
                              .capacity = capacity};
    require(samples.ticks != NULL, row);
    /* The array's own pages are brought in now, not inside the measurement. */
    for (size_t index = 0; index < capacity; index++)
        *(volatile uint64_t *)&samples.ticks[index] = 0;
    return samples;
}

/* Taken off every sample: the ticks between two readings of the clock. */
static uint64_t clock_cost(void)
{
    static uint64_t cost = UINT64_MAX;
    for (int repetition = 0; repetition < 16; repetition++) {
        uint64_t start = ticks();
        uint64_t end = ticks();
        if (end - start < cost)
            cost = end - start;
    }
    return cost;
}

static unsigned long each(uint64_t ticks, uint64_t operations)
{
    return (unsigned long)((ticks + operations / 2) / operations);
}

/* `rank`: which of the sorted samples is the row's figure. */
static void report(struct samples *samples, const char *row, size_t rank, uint64_t operations)
{
    uint64_t cost = clock_cost(), sum = 0;
    if (samples->count == 0 || operations == 0)
        return;
    qsort(samples->ticks, samples->count, sizeof *samples->ticks, compare);
    for (size_t index = 0; index < samples->count; index++)
        sum += samples->ticks[index] - cost;
    printf("row %-26s %10lu %10lu %10lu\n", row, each(samples->ticks[rank] - cost, operations),
           each(samples->ticks[0] - cost, operations), each(sum, samples->count * operations));
}

void samples_report(struct samples *samples, const char *row, uint64_t operations)
{
    report(samples, row, samples->count / 2, operations);
    free(samples->ticks);
}

void samples_report_per_page(struct samples *samples, const char *row, uint64_t pages)
{
    char name[64];
    snprintf(name, sizeof name, "%s_per_page", row);
    report(samples, name, samples->count / 2, pages);
}

void samples_report_least(struct samples *samples, const char *row)
{
    report(samples, row, 0, 1);
    free(samples->ticks);
}

/* A function of its own, so that `quire profile --within touch_each` counts the accesses alone. */
__attribute__((noinline)) void touch_each(struct samples *samples, volatile char *memory,
                                          size_t pages, size_t stride, bool write)
{
    for (size_t page = 0; page < pages; page++) {
        volatile char *byte = memory + page * stride;
        uint64_t start = ticks();
        if (write)
            *byte = 1;
        else
            (void)*byte;
        samples_add(samples, ticks() - start);
    }
}
