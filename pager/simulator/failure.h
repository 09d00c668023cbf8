/*
 * Why something could not be done, for people: one line that names the file, the offset and the
 * numbers. A function that can fail returns false and has filled in one of these.
 */
#pragma once

#include <stdbool.h>

struct failure {
    char text[640];
};

/* Always false, so that `return refuse(...)` reads well. */
bool refuse(struct failure *failure, const char *format, ...) __attribute__((format(printf, 2, 3)));
