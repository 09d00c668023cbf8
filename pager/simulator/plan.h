/*
 * What is to be simulated: policies x numbers of frames, on one trace, on all processors.
 *
 *      policy   tasks
 *      lru      one for all numbers of frames (stack distances)
 *      min      one a number of frames, after one pass backwards for all
 *      others   one a number of frames
 *
 * A sampled trace has each task once for each of its samples, with the frames scaled by the rate;
 * a row is their mean and the half width of its 95 % confidence interval.
 */
#pragma once

#include "exact.h"
#include "simulation.h"

enum plan_kind { PLAN_POLICY, PLAN_LRU, PLAN_MIN };

struct plan_choice {
    enum plan_kind kind;
    struct policy_choice policy; /* ops: PLAN_POLICY only */
};

struct plan {
    struct plan_choice *choices;
    size_t choice_count;
    uint64_t *frames;
    size_t frame_count;
    bool all_frames; /* lru only: 1 up to the number of pages */
    uint32_t batch;
    uint64_t seed;
    bool accessed_bits_only;
    unsigned threads;
    uint64_t most_bytes; /* that the tasks running at a time may take */
};

struct plan_row {
    const char *policy;
    uint64_t frames, references;
    uint64_t misses; /* sampled: estimated */
    double miss_ratio;
    double error; /* of miss_ratio, with 95 % confidence; 0: exact */
    /* With PLAN_POLICY and no sampling, what the simulation counted besides. */
    bool detailed;
    struct simulation_result detail;
};

struct plan_progress {
    _Atomic uint64_t done;
    uint64_t total; /* references, each counted once a task */
};

/* The frames of one sample. */
uint64_t plan_scaled_frames(uint64_t frames, double sample_rate);

/* Adds "name[:parameter=value]..."; an unknown name is answered with the known ones. */
bool plan_add_policy(struct plan *plan, const char *text, struct failure *failure);
bool plan_add_frames(struct plan *plan, uint64_t frames, struct failure *failure);
/* Everything that can be wrong before a trace is read. */
bool plan_check(const struct plan *plan, double sample_rate, struct failure *failure);
void plan_free(struct plan *plan);

/* `tell` (or NULL) is called from the calling thread now and then. *rows is malloc'ed, ordered by
   policy, then frames, as they were added. */
bool plan_run(const struct plan *plan, const struct trace *trace, struct plan_row **rows,
              size_t *row_count, void (*tell)(const struct plan_progress *),
              struct failure *failure);
