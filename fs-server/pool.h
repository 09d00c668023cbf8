/*
 * Objects of one size from the part of the server's heap that is not buffers. Objects that
 * are put back serve the same pool again; a pool that cannot grow answers NULL, and the
 * request that wanted the object fails with -ENOMEM or waits in the ring.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct arena {
    uint8_t *next;
    size_t left_bytes;
};

/* Cuts off aligned, zeroed memory that never comes back; NULL if there is not enough. */
void *arena_take(struct arena *arena, size_t bytes, size_t alignment);

struct pool {
    struct arena *arena;
    size_t object_bytes;
    void *free; /* singly linked through the objects' first word */
    uint32_t used;
};

void pool_init(struct pool *pool, struct arena *arena, size_t object_bytes);
void *pool_get(struct pool *pool); /* zeroed */
void pool_put(struct pool *pool, void *object);
