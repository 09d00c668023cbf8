/*
 * The simulator's own speed and memory.
 */
#pragma once

#include "failure.h"

bool benchmark_run(struct failure *failure);
