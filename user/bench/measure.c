/* See measure.h. */
#include "measure.h"

#include <stdio.h>
#include <stdlib.h>

static int compare(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return a < b ? -1 : a > b;
}

int samples_begin(struct samples *samples, size_t capacity)
{
    samples->ticks = calloc(capacity, sizeof *samples->ticks);
    samples->count = 0;
    samples->capacity = capacity;
    /* The array's own pages are brought in now, not inside the measurement. */
    for (size_t index = 0; samples->ticks != NULL && index < capacity; index++)
        *(volatile uint64_t *)&samples->ticks[index] = 0;
    return samples->ticks != NULL;
}

uint64_t clock_cost(void)
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

void samples_report(struct samples *samples, const char *row)
{
    if (samples->count == 0)
        return;
    uint64_t cost = clock_cost(), sum = 0;
    qsort(samples->ticks, samples->count, sizeof *samples->ticks, compare);
    for (size_t index = 0; index < samples->count; index++)
        sum += samples->ticks[index] - cost;
    printf("row %-24s %8lu %8lu %8lu\n", row,
           (unsigned long)(samples->ticks[samples->count / 2] - cost),
           (unsigned long)(samples->ticks[0] - cost), (unsigned long)(sum / samples->count));
    free(samples->ticks);
}
