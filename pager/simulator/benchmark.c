/*
 * Ten million references, Zipf-like, on one processor, for capacities whose tables fit into a
 * second-level cache. See benchmark.h.
 */
#include "benchmark.h"
#include "simulation.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define REFERENCES 10000000u
#define PAGES 65536u

/* xorshift64 (Marsaglia, 2003) */
static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* Zipf with an exponent of 1 by inversion: rank r has the weight log(1 + 1/r). */
static uint32_t *make_references(void)
{
    uint32_t *references = malloc(REFERENCES * sizeof *references);
    uint64_t state = 88172645463325252ull;
    for (uint32_t i = 0; references != NULL && i < REFERENCES; i++) {
        double uniform = (double)(next_random(&state) >> 11) / 9007199254740992.0;
        uint32_t rank = (uint32_t)(exp(uniform * log(PAGES + 1.0)) - 1);
        /* Ranks scattered over the pages, so that neighbours in memory are not alike. */
        references[i] = rank * 40503u % PAGES;
    }
    return references;
}

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static bool measure(const struct policy_choice *choice, const uint32_t *references, uint64_t frames,
                    const struct page_key *keys, struct failure *failure)
{
    const struct simulation_setup setup = {
        .frames = frames, .pages = PAGES, .batch = 1, .seed = 1, .keys = keys};
    struct simulation simulation;
    if (!simulation_begin(&simulation, choice, &setup, failure))
        return false;
    double began = seconds();
    simulation_run(&simulation, references, REFERENCES, NULL);
    double taken = seconds() - began;
    printf("%-16s %8llu %12.4f %12.1f %16.1f\n", choice->text, (unsigned long long)frames,
           (double)simulation.result.misses / REFERENCES, REFERENCES / taken / 1e6,
           (double)simulation_bytes(choice->ops, frames, PAGES) / PAGES);
    simulation_end(&simulation);
    return true;
}

static bool measure_sizes(const struct policy_choice *choice, const uint32_t *references,
                          const struct page_key *keys, struct failure *failure)
{
    static const uint64_t frames[] = {1024, 4096, 16384};
    for (size_t i = 0; i < sizeof frames / sizeof *frames; i++) {
        if (!measure(choice, references, frames[i], keys, failure))
            return false;
    }
    return true;
}

static bool measure_plan(const struct plan *plan, const uint32_t *references,
                         const struct page_key *keys, struct failure *failure)
{
    for (size_t i = 0; i < plan->choice_count; i++) {
        const struct plan_choice *choice = &plan->choices[i];
        if (choice->kind == PLAN_POLICY &&
            !measure_sizes(&choice->policy, references, keys, failure))
            return false;
    }
    return true;
}

bool benchmark_run(const struct plan *plan, struct failure *failure)
{
    struct plan usual = {0};
    if (plan->choice_count == 0) {
        if (!plan_add_policy(&usual, "fifo", failure) ||
            !plan_add_policy(&usual, "clock", failure) ||
            !plan_add_policy(&usual, "sieve", failure))
            return false;
        plan = &usual;
    }
    uint32_t *references = make_references();
    struct page_key *keys = calloc(PAGES, sizeof *keys);
    bool good = references != NULL && keys != NULL;
    if (!good)
        refuse(failure, "out of memory");
    for (uint32_t i = 0; good && i < PAGES; i++)
        keys[i].index = i;
    printf("%u references to %u pages, one processor\n%-16s %8s %12s %12s %16s\n", REFERENCES,
           PAGES, "policy", "frames", "miss ratio", "million/s", "bytes a page");
    good = good && measure_plan(plan, references, keys, failure);
    puts("for comparison: libCacheSim's authors claim over 20 million/s on large traces");
    free(references);
    free(keys);
    plan_free(&usual);
    return good;
}
