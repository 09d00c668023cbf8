/*
 * The servers' allocator: see quire/heap.h.
 *
 * Size classes, so that rounding up wastes at most a quarter:
 *
 *      class   0  1  2  3   4  5  6   7   8 ...
 *      bytes  16 32 48 64  80 96 112 128 160 192 224 256 320 ...
 */
#include <quire/abi.h>
#include <quire/heap.h>
#include <string.h>

struct heap_free_piece {
    struct heap_free_piece *next;
};

#define LINEAR_CLASSES 4 /* 16, 32, 48, 64 */

/* Which class serves `length`, and how many bytes its pieces have. */
static unsigned size_class(size_t length, size_t *piece_bytes)
{
    if (length <= LINEAR_CLASSES * HEAP_ALIGNMENT) {
        unsigned class = length == 0 ? 0 : (unsigned)((length - 1) / HEAP_ALIGNMENT);
        *piece_bytes = (class + 1) * HEAP_ALIGNMENT;
        return class;
    }
    /* length - 1 is in [2^order, 2^(order+1)), which has four classes, order >= 6. */
    unsigned order = 63u - (unsigned)__builtin_clzll(length - 1);
    size_t quarter = (size_t)1 << (order - 2);
    unsigned step = (unsigned)((length - 1 - ((size_t)1 << order)) / quarter);
    *piece_bytes = ((size_t)1 << order) + (step + 1) * quarter;
    return LINEAR_CLASSES + (order - 6) * 4 + step;
}

void heap_initialize(struct heap *heap, void *memory, uint64_t physical, size_t length_bytes)
{
    memset(heap, 0, sizeof *heap);
    heap->begin = memory;
    heap->next = memory;
    heap->limit = heap->begin + length_bytes;
    heap->physical = physical;
}

void *heap_allocate(struct heap *heap, size_t length_bytes)
{
    if (length_bytes > (size_t)(heap->limit - heap->begin))
        return NULL;
    size_t piece_bytes;
    unsigned class = size_class(length_bytes, &piece_bytes);
    if (class >= HEAP_CLASSES)
        return NULL;

    struct heap_free_piece *piece = heap->free[class];
    if (piece != NULL) {
        heap->free[class] = piece->next;
        return memset(piece, 0, piece_bytes);
    }
    if (piece_bytes > heap_untouched_bytes(heap))
        return NULL;
    void *memory = heap->next;
    heap->next += piece_bytes;
    return memory;
}

void heap_free(struct heap *heap, void *memory, size_t length_bytes)
{
    if (memory == NULL)
        return;
    size_t piece_bytes;
    unsigned class = size_class(length_bytes, &piece_bytes);
    struct heap_free_piece *piece = memory;
    piece->next = heap->free[class];
    heap->free[class] = piece;
}

bool heap_allocate_dma(struct heap *heap, uint64_t length_bytes, struct dma_memory *memory)
{
    /* Aligned as the device sees it; the two addresses agree in their low bits only if the
       heap begins on a page, so count from the physical side. */
    uint64_t physical = heap_physical(heap, heap->next);
    uint64_t skip = (PAGE_SIZE - physical % PAGE_SIZE) % PAGE_SIZE;
    uint64_t room = heap_untouched_bytes(heap);
    if (length_bytes > room)
        return false;
    uint64_t rounded = (length_bytes + PAGE_SIZE - 1) & PAGE_MASK;
    if (skip > room || rounded > room - skip)
        return false;

    memory->address = heap->next + skip;
    memory->physical = physical + skip;
    memory->length_bytes = rounded;
    heap->next += skip + rounded;
    return true;
}
