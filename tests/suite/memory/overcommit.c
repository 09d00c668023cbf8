/*
 * Four times as many pages as there are frames, in one process and in four at once, every page
 * verified by its checksum.
 */
#include "support/promise.h"

#include <sys/mman.h>
#include <unistd.h>

#define TIMES 4
#define ROUNDS 2

static size_t pages;

static uint64_t checksum(const void *page)
{
    const uint64_t *words = page;
    uint64_t sum = 0;
    for (size_t i = 0; i < PAGE / sizeof *words; i++)
        sum = (sum << 7 | sum >> 57) ^ words[i];
    return sum;
}

/* Writes all pages, then rewrites and verifies them in an order that no policy foresees. */
static void write_and_verify(size_t count, uint64_t seed)
{
    size_t sum_pages = (count * sizeof(uint64_t) + PAGE - 1) / PAGE;
    uint64_t *sums = map_private(sum_pages);
    char *memory = map_private(count);
    for (size_t i = 0; i < count; i++) {
        page_fill(memory + i * PAGE, seed + i);
        sums[i] = checksum(memory + i * PAGE);
    }
    for (int round = 0; round < ROUNDS; round++) {
        size_t at = seed % count;
        for (size_t step = 0; step < count; step++) {
            at = (at + 7919) % count; /* a prime beyond any count here */
            CHECK(checksum(memory + at * PAGE) == sums[at]);
            if (step % 2 == 0) {
                page_fill(memory + at * PAGE, seed * 31 + at + (uint64_t)round);
                sums[at] = checksum(memory + at * PAGE);
            }
        }
    }
    for (size_t i = 0; i < count; i++)
        CHECK(checksum(memory + i * PAGE) == sums[i]);
    unmap(memory, count);
    unmap(sums, sum_pages);
}

PROMISE(one_process_uses_four_times_the_memory)
{
    write_and_verify(pages, 1);
}

static void use_the_memory(void *context)
{
    write_and_verify(pages / TIMES, *(uint64_t *)context);
}

PROMISE(four_processes_use_four_times_the_memory)
{
    pid_t children[TIMES];
    for (uint64_t i = 0; i < TIMES; i++)
        children[i] = child_start(use_the_memory, &i);
    for (uint64_t i = 0; i < TIMES; i++)
        expect_exit(children[i], 0);
}

int main(void)
{
    static const struct promise promises[] = {
        KEEP(one_process_uses_four_times_the_memory),
        KEEP(four_processes_use_four_times_the_memory),
    };
    test_name = "overcommit";
    pages = frame_budget() * TIMES;
    return keep_promises(test_name, promises, sizeof promises / sizeof *promises);
}
