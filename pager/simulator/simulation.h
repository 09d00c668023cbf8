/*
 * One policy with one number of frames under one string of references. The policy's source is
 * the pager's own; this is the core for it that knows every reference.
 *
 *      reference --resident?--yes--> hit: reported (see below)
 *                    |no
 *                    +--> full? victims, remove(EVICTED) --> insert(DEMAND or REFAULT)
 *
 * Two ways to report a hit:
 *      exact      once and at once: by the hook `reference`, or, to a policy without that hook, by
 *                 the bit that policy_looked() tests and clears. So the algorithms of the
 *                 literature make the choices of the literature.
 *      accessed   by the bit only, as the hardware does it to the pager.
 * The reference that inserts a page is never reported.
 *
 * A page costs SIMULATION_PAGE_BYTES, resident or not, and a reference that hits touches one of
 * them in the bit-only case.
 */
#pragma once

#include "instance.h"
#include "reference_trace.h"

#include <stdatomic.h>

struct simulated_page {
    struct policy_page policy;
    uint64_t time;   /* resident: virtual time of its insert; else evictions until its own */
    uint32_t cookie; /* of its last eviction */
};

/* What links between pages reach (policy.h). */
#define SIMULATION_PAGES_MAX (1u << 29)
_Static_assert(SIMULATION_PAGES_MAX * sizeof(struct simulated_page) / POLICY_LINK_UNIT <=
                   INT32_MAX + 1ull,
               "links are 32 bits");

#define SIMULATION_PAGE_BYTES (sizeof(struct simulated_page) + 1)

struct simulation_result {
    uint64_t references, misses;
    uint64_t cold; /* misses of pages that were never there before */
    uint64_t evictions, evictions_dirty;
    uint64_t looks;    /* at bits, by the policy */
    uint64_t rejected; /* named, but not resident or named twice */
    uint64_t
        core_picked; /* victims that the core had to choose, because the policy named too few */
};

struct simulation_setup {
    uint64_t frames;
    uint32_t pages; /* of the string */
    uint32_t batch; /* victims asked for at a time, at most POLICY_VICTIMS_MAX */
    uint64_t seed;
    bool accessed_bits_only;
    const struct page_key *keys; /* of the pages; kept */
};

struct simulation {
    struct policy policy;
    struct simulated_page *pages;
    uint8_t *flags; /* of each page */
    uint32_t page_count, batch;
    uint64_t resident, next_tick;
    uint32_t hand; /* of the core's own choice */
    bool by_hook;  /* hits are reported by the hook `reference` */
    bool accessed_bits_only;
    const struct page_key *keys;
    struct simulation_result result;
};

bool simulation_begin(struct simulation *simulation, const struct policy_choice *choice,
                      const struct simulation_setup *setup, struct failure *failure);
void simulation_end(struct simulation *simulation);
uint64_t simulation_bytes(const struct policy_ops *ops, uint64_t frames, uint64_t pages);

/* Runs words of a reference string. `done` counts up meanwhile, for a progress bar. */
void simulation_run(struct simulation *simulation, const uint32_t *references, uint64_t count,
                    _Atomic uint64_t *done);

/* ---- one event at a time; pages that go for another reason, and other sizes */
bool simulation_access(struct simulation *simulation, uint32_t page, bool write); /* true: hit */
void simulation_remove(struct simulation *simulation, uint32_t page, enum policy_remove_why why);
bool simulation_resize(struct simulation *simulation, uint64_t frames, struct failure *failure);
bool simulation_resident(const struct simulation *simulation, uint32_t page);
