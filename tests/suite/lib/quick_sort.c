/* Quick sort with a random pivot and three parts (Dijkstra's flag): equal bytes are done at once. */
#include "quick_sort.h"

#include <random.h>

static void exchange(unsigned char *left, unsigned char *right)
{
    unsigned char kept = *left;
    *left = *right;
    *right = kept;
}

void quick_sort(unsigned char *bytes, size_t count)
{
    if (count < 2)
        return;
    unsigned char pivot = bytes[random_ulong() % count];
    size_t less = 0, next = 0, greater = count;
    while (next < greater) {
        if (bytes[next] < pivot)
            exchange(&bytes[less++], &bytes[next++]);
        else if (bytes[next] > pivot)
            exchange(&bytes[--greater], &bytes[next]);
        else
            next++;
    }
    quick_sort(bytes, less);
    quick_sort(bytes + greater, count - greater);
}

int is_sorted(const unsigned char *bytes, size_t count)
{
    for (size_t index = 1; index < count; index++)
        if (bytes[index - 1] > bytes[index])
            return 0;
    return 1;
}
