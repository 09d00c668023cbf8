/*
 * What the workloads share: parameters, the frame budget, a check value, and the line with which
 * each ends:
 *
 *      zipf: operations 1000000 check f3899ba899b549ac faults 206159 page-ins 205000 ...
 *
 * The check value depends on the parameters and the seed only: another policy or another budget that
 * changes it has damaged data.
 */
#pragma once

#include "check_value.h"
#include "parameters.h"

#include <quire/statistics.h>

#define PAGE_BYTES 4096u
#define PAGE_WORDS (PAGE_BYTES / sizeof(uint64_t))

/* Reads all words from argv[first] on; a wrong one ends the program with a message and the table. */
void workload_parameters(int argc, char *argv[], int first, struct parameter *table);
/* Frames that the program may hold: those asked for, else the limit of its group. Ends the program if
   there is neither. */
uint64_t workload_frames(const struct parameter *frames);

/* The group's counters as they are; what a workload does before this is not in its result. */
void workload_start(struct group_statistics *before);
/* The result line: what the group's counters have gained. */
void workload_result(const char *name, uint64_t operations, uint64_t check,
                     const struct group_statistics *before);

/* Ends the program with status 1 and a message. */
_Noreturn void workload_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Memory of its own, or the program ends. Bytes are rounded up to pages. */
void *workload_memory(uint64_t bytes);
