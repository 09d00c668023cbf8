/*
 * A single-producer, single-consumer ring of bytes in shared memory, for the console.
 * The same rules as ring.h: free-running counters, each side trusts only its own, the
 * consumer says when it sleeps. A write is all or nothing, so that what one system call
 * writes comes out unbroken.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct byte_ring_header {
    _Alignas(64) uint32_t head;
    uint32_t consumer_sleeps;
    _Alignas(64) uint32_t tail;
    uint32_t producer_waits; /* the consumer notifies when it has made room */
    _Alignas(64) uint32_t capacity;
    uint8_t padding[60];
    uint8_t bytes[];
};

struct byte_ring {
    struct byte_ring_header *header;
    uint32_t capacity;
    uint32_t mine;
};

void byte_ring_format(void *memory, uint32_t capacity);
bool byte_ring_attach(struct byte_ring *ring, void *memory, uint32_t capacity);
/* All of it or nothing; false: no room (producer_waits is then set). */
bool byte_ring_write(struct byte_ring *ring, const void *bytes, size_t length);
/* Publishing is part of the write; true when the consumer sleeps and must be notified. */
bool byte_ring_consumer_sleeps(struct byte_ring *ring);
size_t byte_ring_read(struct byte_ring *ring, void *bytes, size_t capacity);
/* How many bytes there are. */
size_t byte_ring_used(const struct byte_ring *ring);
/* Looks at the next bytes, or those from `offset` on, and leaves them; returns how many. */
size_t byte_ring_peek(const struct byte_ring *ring, void *bytes, size_t capacity);
size_t byte_ring_peek_at(const struct byte_ring *ring, size_t offset, void *bytes, size_t capacity);
/* Takes bytes out unread; at most what is there. */
void byte_ring_skip(struct byte_ring *ring, size_t length);
/* After room was made: true, once, when the producer waits for it and must be notified. */
bool byte_ring_producer_waits(struct byte_ring *ring);
bool byte_ring_prepare_sleep(struct byte_ring *ring);
/* The same for a consumer that has looked at the first `offset` bytes and keeps them there. */
bool byte_ring_prepare_sleep_behind(struct byte_ring *ring, size_t offset);
