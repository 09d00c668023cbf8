/* <stdlib.h> and the rest of <string.h> of the Pintos-compatible library. */
#include "../c/sort.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

int atoi(const char *string)
{
    while (isspace((unsigned char)*string))
        string++;
    int negative = *string == '-';
    if (*string == '-' || *string == '+')
        string++;
    /* Summed below zero, where INT_MIN has room. */
    int value = 0;
    while (isdigit((unsigned char)*string))
        value = value * 10 - (*string++ - '0');
    return negative ? value : -value;
}

typedef int (*plain_compare)(const void *, const void *);

static int call_plain(const void *left, const void *right, void *auxiliary)
{
    plain_compare *compare = auxiliary;
    return (*compare)(left, right);
}

void qsort(void *array, size_t count, size_t size, plain_compare compare)
{
    sort_elements(array, count, size, call_plain, &compare);
}

void *bsearch(const void *key, const void *array, size_t count, size_t size, plain_compare compare)
{
    return search_elements(key, array, count, size, call_plain, &compare);
}

void sort(void *array, size_t count, size_t size,
          int (*compare)(const void *, const void *, void *auxiliary), void *auxiliary)
{
    sort_elements(array, count, size, compare, auxiliary);
}

void *binary_search(const void *key, const void *array, size_t count, size_t size,
                    int (*compare)(const void *, const void *, void *auxiliary), void *auxiliary)
{
    return search_elements(key, array, count, size, compare, auxiliary);
}
