/* Sorting and searching with a value for the comparison: what both libraries build on. */
#pragma once

#include <stddef.h>

typedef int (*sort_compare)(const void *left, const void *right, void *auxiliary);

/* In place, not stable, O(n log n) always. */
void sort_elements(void *array, size_t count, size_t size, sort_compare comparison,
                   void *auxiliary);
/* An element equal to the key in a sorted array, or NULL. */
void *search_elements(const void *key, const void *array, size_t count, size_t size,
                      sort_compare comparison, void *auxiliary);
