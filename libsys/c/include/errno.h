/* Error numbers, and where a failed call leaves its own. */
#pragma once

#include <quire/errno.h>

extern int errno;
