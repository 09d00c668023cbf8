/* init's heap: what the pager gave it at start. */
#include "init.h"

#include <quire/heap.h>

static struct heap heap;

void memory_initialize(const struct server_start *start)
{
    heap_initialize(&heap, (void *)start->heap_address, start->heap_physical, start->heap_bytes);
}

void *memory_allocate(size_t bytes)
{
    return heap_allocate(&heap, bytes);
}

void memory_free(void *memory, size_t bytes)
{
    heap_free(&heap, memory, bytes);
}
