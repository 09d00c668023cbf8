/*
 * The command line of quire-sim.
 */
#pragma once

#include "plan.h"
#include "results.h"

struct options {
    const char *trace_path; /* or, with the format TRACE_STRING, the line that makes it */
    struct trace_options trace;
    struct plan plan;
    enum result_format results;
    bool help, list, list_strings, benchmark, quiet, replay, print_string;
    unsigned picture_columns, picture_rows; /* 0: none */
};

bool options_parse(struct options *options, int count, char **words, struct failure *failure);
extern const char options_help[];
