/* The arena and the pools of fs-server; see pool.h. Called only from the event loop. */
#include "pool.h"

#include <string.h>

void *arena_take(struct arena *arena, size_t bytes, size_t alignment)
{
    size_t skip = (size_t)(-(uintptr_t)arena->next) & (alignment - 1);
    if (arena->left_bytes < skip || arena->left_bytes - skip < bytes)
        return NULL;
    void *memory = arena->next + skip;
    arena->next += skip + bytes;
    arena->left_bytes -= skip + bytes;
    memset(memory, 0, bytes);
    return memory;
}

void pool_init(struct pool *pool, struct arena *arena, size_t object_bytes)
{
    *pool = (struct pool){.arena = arena, .object_bytes = object_bytes};
}

void *pool_get(struct pool *pool)
{
    void *object = pool->free;
    if (object != NULL) {
        pool->free = *(void **)object;
        memset(object, 0, pool->object_bytes);
    } else {
        object = arena_take(pool->arena, pool->object_bytes, sizeof(uint64_t));
        if (object == NULL)
            return NULL;
    }
    pool->used++;
    return object;
}

void pool_put(struct pool *pool, void *object)
{
    *(void **)object = pool->free;
    pool->free = object;
    pool->used--;
}
