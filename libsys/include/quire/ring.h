/*
 * A single-producer, single-consumer ring of fixed-size entries in shared memory.
 *
 *        head (consumer)        tail (producer)
 *          v                      v
 *      ....[e][e][e][e][e][e][e][e]..........
 *
 * head and tail count entries since the start and never wrap to the capacity; an index
 * is taken modulo the capacity, a power of two. Each side trusts only its own counter:
 * what it reads of the other's is checked against the capacity before use, so that a
 * broken peer costs itself entries and nobody else memory (what cannot be is nothing).
 *
 * A consumer that is about to sleep sets consumer_sleeps, then looks once more; a
 * producer that sees the flag after publishing notifies. So a busy consumer costs no
 * system call an entry.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct ring_header {
    _Alignas(64) uint32_t head;
    uint32_t consumer_sleeps;
    _Alignas(64) uint32_t tail;
    uint32_t producer_waits;
    _Alignas(64) uint32_t capacity;
    uint32_t entry_bytes;
    uint8_t padding[56];
};

/* One end's private view. `entries` follows the header in shared memory. */
struct ring {
    struct ring_header *header;
    uint8_t *entries;
    uint32_t capacity, entry_bytes;
    uint32_t mine; /* own counter; the shared copy is for the peer only */
};

#define RING_BYTES(capacity, entry_bytes) \
    (sizeof(struct ring_header) + (size_t)(capacity) * (entry_bytes))

/* Formats shared memory of RING_BYTES; capacity is a power of two. Called by the creator. */
void ring_format(void *memory, uint32_t capacity, uint32_t entry_bytes);

/* Attaches to formatted memory. false if the header's sizes are not those expected. */
bool ring_attach(struct ring *ring, void *memory, uint32_t capacity, uint32_t entry_bytes);

/* Producer: copies one entry in; false when full. ring_publish() makes all of them visible
   and returns true when the consumer sleeps and must be notified. */
bool ring_push(struct ring *ring, const void *entry);
bool ring_publish(struct ring *ring);
uint32_t ring_space(const struct ring *ring);

/* Consumer: copies one entry out; false when empty. */
bool ring_pop(struct ring *ring, void *entry);
/* Consumer: announces sleep. true: really empty, may sleep; false: entries came meanwhile. */
bool ring_prepare_sleep(struct ring *ring);
