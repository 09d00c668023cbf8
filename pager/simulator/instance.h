/*
 * A policy's instance on the host: its memory, parameters and life, as the pager's core gives
 * them (policy_core.c there). Who calls its hooks, and answers its questions, is the simulation
 * (simulation.h) or the replay of a recorded run (replay.h).
 */
#pragma once

#include "failure.h"

#include "policy/policy.h"

/* The name of a policy with parameters, as on the command line: "name[:parameter=value]...". */
struct policy_choice {
    const struct policy_ops *ops; /* NULL: one of the simulator's own, see exact.h */
    const char *text;             /* all of it, for results; kept, not copied */
    const char *parameters;       /* behind the first colon, or "" */
};

/* A policy of the table. false: there is none of that name. */
bool policy_find(const char *text, struct policy_choice *choice);
/* Its parameters are known and have values that it takes; lists what there is if not. */
bool policy_check(const struct policy_choice *choice, uint64_t frames, struct failure *failure);

struct instance_setup {
    const struct policy_ops *ops;
    size_t frames;
    uint64_t seed;
    const struct policy_services *services; /* answers the policy's questions */
    void *core;                             /* is what `services` find in policy->core */
};

bool instance_begin(struct policy *policy, const struct instance_setup *setup,
                    struct failure *failure);
/* `separator` stands between parameters. */
bool instance_parameters(struct policy *policy, const char *text, char separator,
                         struct failure *failure);
bool instance_resize(struct policy *policy, size_t frames, struct failure *failure);
void instance_end(struct policy *policy);
/* State and arena for so many frames. UINT64_MAX: more than can be counted. */
uint64_t instance_bytes(const struct policy_ops *ops, uint64_t frames);
