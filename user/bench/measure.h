/*
 * Measuring one operation many times in time-stamp ticks, which are instructions when QEMU
 * counts them (`quire run --icount`) and cycles on a real machine.
 *
 * The figure is the median: the first few repetitions pay for page tables and caches, and an
 * interrupt now and then for somebody else's work.
 */
#pragma once

#include <stdbool.h>
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

/* Room for `capacity` samples; ends the program without memory. */
struct samples samples_begin(const char *row, size_t capacity);
static inline void samples_add(struct samples *samples, uint64_t value)
{
    if (samples->count < samples->capacity)
        samples->ticks[samples->count++] = value;
}
/* Prints `row NAME median minimum mean`, with what reading the clock costs taken off, and frees.
   Each sample was of `operations` operations; the figures are of one. */
void samples_report(struct samples *samples, const char *row, uint64_t operations);
/* Prints the row NAME_per_page instead, of operations of that many pages each, and keeps the samples. */
void samples_report_per_page(struct samples *samples, const char *row, uint64_t pages);
/* The same with the least sample in the median's place: for what the background writer follows up
   on a schedule of its own, in the middle of some samples. */
void samples_report_least(struct samples *samples, const char *row);

/* Ends the program when something that the row needs did not work. */
_Noreturn void row_failed(const char *row);
static inline void require(bool condition, const char *row)
{
    if (!condition)
        row_failed(row);
}
/* PAGES pages, or the end. */
char *map_pages(const char *row, size_t pages, int protection, int flags, int descriptor);
/* One access to each page, timed one by one. */
void touch_each(struct samples *samples, volatile char *memory, size_t pages, size_t stride,
                bool write);
