/*
 * qsort and bsearch: heap sort, because it needs no memory, has no bad case, and its
 * recursion cannot outgrow a stack. (Williams 1964; bottom-up sift after Floyd.)
 */
#include "sort.h"

#include <stdint.h>
#include <string.h>

struct sorted {
    unsigned char *base;
    size_t size;
    sort_compare compare;
    void *auxiliary;
};

static void *element(const struct sorted *sorted, size_t index)
{
    return sorted->base + index * sorted->size;
}

static void exchange(const struct sorted *sorted, size_t left, size_t right)
{
    unsigned char *a = element(sorted, left), *b = element(sorted, right);
    for (size_t byte = 0; byte < sorted->size; byte++) {
        unsigned char kept = a[byte];
        a[byte] = b[byte];
        b[byte] = kept;
    }
}

static int compare(const struct sorted *sorted, size_t left, size_t right)
{
    return sorted->compare(element(sorted, left), element(sorted, right), sorted->auxiliary);
}

/* Restores the heap below `root` in the first `count` elements. */
static void sift_down(const struct sorted *sorted, size_t root, size_t count)
{
    for (;;) {
        size_t child = 2 * root + 1;
        if (child >= count)
            return;
        if (child + 1 < count && compare(sorted, child, child + 1) < 0)
            child++;
        if (compare(sorted, root, child) >= 0)
            return;
        exchange(sorted, root, child);
        root = child;
    }
}

void sort_elements(void *array, size_t count, size_t size, sort_compare comparison, void *auxiliary)
{
    struct sorted sorted = {array, size, comparison, auxiliary};
    for (size_t root = count / 2; root-- > 0;)
        sift_down(&sorted, root, count);
    while (count > 1) {
        count--;
        exchange(&sorted, 0, count);
        sift_down(&sorted, 0, count);
    }
}

void *search_elements(const void *key, const void *array, size_t count, size_t size,
                      sort_compare comparison, void *auxiliary)
{
    const unsigned char *first = array;
    while (count > 0) {
        const unsigned char *middle = first + count / 2 * size;
        int order = comparison(key, middle, auxiliary);
        if (order == 0)
            return (void *)(uintptr_t)middle;
        if (order > 0) {
            first = middle + size;
            count -= count / 2 + 1;
        } else {
            count /= 2;
        }
    }
    return NULL;
}
