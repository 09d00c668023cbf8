/*
 * The command line of quire-sim.
 */
#pragma once

#include "plan.h"
#include "results.h"

struct options {
    const char *trace_path;
    struct trace_options trace;
    struct plan plan;
    enum result_format results;
    bool help, list, benchmark, quiet, replay;
    unsigned picture_columns, picture_rows; /* 0: none */
};

bool options_parse(struct options *options, int count, char **words, struct failure *failure);
extern const char options_help[];
