/*
 * Measuring one operation many times in time-stamp ticks, which are instructions when QEMU
 * counts them (`quire run --icount`) and cycles on a real machine.
 *
 * The figure is the median: the first few repetitions pay for page tables and caches, and an
 * interrupt now and then for somebody else's work.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

static inline uint64_t ticks(void)
{
    uint32_t low, high;
    /* lfence: nothing of the measured code runs before or after on real hardware. */
    __asm__ volatile("lfence; rdtsc; lfence" : "=a"(low), "=d"(high) : : "memory");
    return (uint64_t)high << 32 | low;
}

struct samples {
    uint64_t *ticks;
    size_t count, capacity;
};

/* false: no memory. */
int samples_begin(struct samples *samples, size_t capacity);
static inline void samples_add(struct samples *samples, uint64_t value)
{
    if (samples->count < samples->capacity)
        samples->ticks[samples->count++] = value;
}
/* Prints `row NAME median minimum mean`, with what reading the clock costs taken off, and frees. */
void samples_report(struct samples *samples, const char *row);
/* Taken off every sample: the ticks between two readings of the clock. */
uint64_t clock_cost(void);
