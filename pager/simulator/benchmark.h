/*
 * The simulator's own speed and memory.
 */
#pragma once

#include "plan.h"

/* Of the policies of the plan, or of FIFO, Clock and SIEVE if it has none. */
bool benchmark_run(const struct plan *plan, struct failure *failure);
