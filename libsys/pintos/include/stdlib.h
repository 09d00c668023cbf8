/* Conversion, sorting and searching for Pintos programs. */
#pragma once

#include <stddef.h>

int atoi(const char *string);
void qsort(void *array, size_t count, size_t size, int (*compare)(const void *, const void *));
void *bsearch(const void *key, const void *array, size_t count, size_t size,
              int (*compare)(const void *, const void *));
/* The same with a value that is handed to the comparison. */
void sort(void *array, size_t count, size_t size,
          int (*compare)(const void *, const void *, void *auxiliary), void *auxiliary);
void *binary_search(const void *key, const void *array, size_t count, size_t size,
                    int (*compare)(const void *, const void *, void *auxiliary), void *auxiliary);
