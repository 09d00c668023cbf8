/* Recursive quick sort of bytes. */
#pragma once

#include <stddef.h>

void quick_sort(unsigned char *bytes, size_t count);
int is_sorted(const unsigned char *bytes, size_t count);
