/*
 * brk: the heap, a region that grows and shrinks at its end.
 */
#include "memory_calls.h"
#include <quire/errno.h>

static uint64_t page_up(uint64_t address)
{
    return (address + PAGE_SIZE - 1) & PAGE_MASK;
}

static int32_t grow_heap(struct address_space *space, uint64_t from, uint64_t to)
{
    const struct region *next = region_tree_first_after(&space->regions, from);
    if (!memory_range_allowed(from, to) || (next != NULL && next->start < to) ||
        (next != NULL && next->flags & REGION_STACK && next->growth_bottom < to))
        return -ENOMEM;
    struct region *heap = region_find(space, from - 1);
    /* Indexes after a shared map's piece may be another piece's. */
    if (heap != NULL && heap->flags & REGION_HEAP &&
        (heap->anonymous == NULL || heap->anonymous->references == 1)) {
        heap->end = to;
        region_tree_changed(&space->regions, heap);
        return 0;
    }
    heap = region_allocate(from, to, PROTECT_READ | PROTECT_WRITE, REGION_HEAP);
    if (heap == NULL)
        return -ENOMEM;
    region_insert(space, heap);
    return 0;
}

enum request_status memory_break_step(struct request *request)
{
    struct address_space *space = request->space;
    uint64_t wanted = request->message.words[0];
    uint64_t from = page_up(space->heap_end), to = page_up(wanted);
    int32_t error = 0;

    if (wanted != 0) {
        if (space->heap_start == 0 || wanted < space->heap_start || wanted > PROGRAM_ADDRESS_LIMIT)
            error = -ENOMEM;
        else if (to > from)
            error = grow_heap(space, from, to);
        else if (to < from)
            error = region_unmap(space, to, from, POLICY_UNMAPPED);
        if (error == 0)
            space->heap_end = wanted;
    }
    request->value[0] = space->heap_end;
    return memory_done(request, error);
}
