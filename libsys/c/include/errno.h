/* Error numbers, and where a failed call of this thread leaves its own. */
#pragma once

#include <quire/errno.h>

int *errno_location(void);
#define errno (*errno_location())
