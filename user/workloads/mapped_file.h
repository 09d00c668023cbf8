/*
 * Files that a workload makes for itself and uses as memory.
 */
#pragma once

#include <stddef.h>

/* A new file of zeros, mapped shared; one of that name is replaced. NULL: errno says why. */
void *map_new_file(const char *path, size_t bytes);
void unmap_file(void *memory, size_t bytes);
