/*
 * What every function that may need the disk returns: 0, a negative errno, or PENDING. The
 * last never leaves the server: the operation is parked and its step will run again.
 */
#pragma once

#include <limits.h>
#include <quire/errno.h>

typedef int status;

#define PENDING INT_MIN

/* Leaves the calling step with the status of what failed or must be waited for. */
#define TRY(expression)                   \
    do {                                  \
        status try_status = (expression); \
        if (try_status != 0)              \
            return try_status;            \
    } while (0)
