/*
 * Programs that compute without end, or fault without end, keep nobody from being served, and each
 * from its share of the CPU.
 */
#include "support/promise.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define MEASURE_MICROSECONDS 200000
#define LEAST_SHARE 6 /* of two programs, each gets a sixth at least */
#define ATTEMPTS 8
#define SCALE (1u << 20)

struct counters {
    volatile uint64_t computed, faulted;
};
static struct counters *counters; /* shared */

static void compute_without_end(void *context)
{
    (void)context;
    for (;;)
        counters->computed++;
}

static void fault_without_end(void *context)
{
    (void)context;
    char *page = map_private(1);
    for (;;) {
        *(volatile char *)page = 1;
        CHECK(madvise(page, PAGE, MADV_DONTNEED) == 0);
        counters->faulted++;
    }
}

static void end(pid_t child)
{
    CHECK(kill(child, SIGKILL) == 0);
    expect_signal(child, SIGKILL);
}

static void do_nothing(void *context)
{
    (void)context;
}

PROMISE(calls_faults_sleeps_and_children_go_on_beside_programs_that_compute)
{
    pid_t busy[3];
    for (int i = 0; i < 3; i++)
        busy[i] = child_start(compute_without_end, NULL);
    for (int i = 0; i < 3; i++) {
        CHECK(usleep(1000) == 0);
        in_child(do_nothing, NULL);
        char *memory = map_private(4);
        fill(memory, 4, 1);
        unmap(memory, 4);
    }
    for (int i = 0; i < 3; i++)
        end(busy[i]);
}

/* How far the two count in a while, per microsecond times SCALE. */
static struct counters measure(void)
{
    struct timespec before, after;
    struct counters start = *counters;
    clock_gettime(CLOCK_MONOTONIC, &before);
    usleep(MEASURE_MICROSECONDS);
    clock_gettime(CLOCK_MONOTONIC, &after);
    uint64_t microseconds = (uint64_t)(after.tv_sec - before.tv_sec) * 1000000 +
                            (uint64_t)(after.tv_nsec / 1000) - (uint64_t)(before.tv_nsec / 1000);
    return (struct counters){(counters->computed - start.computed) * SCALE / microseconds,
                             (counters->faulted - start.faulted) * SCALE / microseconds};
}

static bool both_get_their_share(void)
{
    pid_t computing = child_start(compute_without_end, NULL);
    uint64_t computed_alone = measure().computed;
    end(computing);
    pid_t faulting = child_start(fault_without_end, NULL);
    uint64_t faulted_alone = measure().faulted;
    computing = child_start(compute_without_end, NULL);
    struct counters both = measure();
    end(computing);
    end(faulting);
    return both.computed > computed_alone / LEAST_SHARE &&
           both.faulted > faulted_alone / LEAST_SHARE;
}

/* The time is the host's, which may stop the machine in the middle of one measurement; whom the scheduler
   starves is starved in all of them. */
PROMISE(one_that_computes_and_one_that_faults_both_get_their_share)
{
    int attempt = 0;
    while (!both_get_their_share())
        CHECK(++attempt < ATTEMPTS);
}

int main(void)
{
    static const struct promise promises[] = {
        KEEP(calls_faults_sleeps_and_children_go_on_beside_programs_that_compute),
        KEEP(one_that_computes_and_one_that_faults_both_get_their_share),
    };
    counters = map_shared(1);
    return keep_promises("busy-neighbours", promises, sizeof promises / sizeof *promises);
}
