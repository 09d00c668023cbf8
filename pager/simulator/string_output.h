/*
 * Reference strings, made instead of read: those that the program refs touches in the guest.
 */
#pragma once

#include "failure.h"

#include <stdio.h>

/* The kinds with their parameters. */
void strings_list(FILE *out);
/* The page numbers of one, a line each, and how it was made before them. NULL: none was named. */
bool string_print(FILE *out, const char *line, struct failure *failure);
