/*
 * Rows as people and programs want them.
 */
#pragma once

#include "plan.h"

#include <stdio.h>

enum result_format { RESULTS_TABLE, RESULTS_CSV, RESULTS_JSON };

void results_print(FILE *out, enum result_format format, const struct plan_row *rows, size_t count,
                   const struct trace *trace);
