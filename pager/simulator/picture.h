/*
 * References over time and address, as a table of counts for a picture: a trace has more of
 * them than a picture has points.
 *
 *      columns   equal numbers of references, in the order of the trace
 *      rows      equal numbers of pages, in the order of object and index: no gaps of unused addresses
 */
#pragma once

#include "reference_trace.h"

#include <stdio.h>

/* A comment line with the trace's size, then a line of counts a row, the lowest pages first. */
bool picture_print(FILE *out, const struct reference_string *string, unsigned columns,
                   unsigned rows, struct failure *failure);
