/*
 * Repeating a recorded run: every call of the pager's core to its policies is made again, in order,
 * every question is answered as it was, and every answer of a policy must be what it was. At
 * the end the counters must be the guest's.
 *
 * So a trace is evidence: the policies that the simulator runs are those of the guest.
 */
#pragma once

#include "instance.h"
#include "quire_records.h"

#include <stdio.h>

/* Prints the counters of each group as CSV. No policy gets more than `most_bytes` of memory, so that
   a damaged capacity takes no more. false: the first thing that differs, with its offset. */
bool replay_run(struct byte_source *source, uint64_t most_bytes, FILE *out,
                struct failure *failure);
