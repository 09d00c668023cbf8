/*
 * The ring of entries: see quire/ring.h.
 *
 * The counters in shared memory are read once into a local and checked there: the peer may
 * change them at any time. A distance that cannot be (more than the capacity) counts as an
 * empty ring for the consumer and a full one for the producer: a broken peer stalls its own
 * ring, and makes nobody run through billions of entries that do not exist.
 */
#include <quire/ring.h>
#include <stddef.h>
#include <string.h>

void ring_format(void *memory, uint32_t capacity, uint32_t entry_bytes)
{
    struct ring_header *header = memory;
    memset(header, 0, sizeof *header);
    header->capacity = capacity;
    header->entry_bytes = entry_bytes;
}

bool ring_attach(struct ring *ring, void *memory, uint32_t capacity, uint32_t entry_bytes)
{
    struct ring_header *header = memory;
    if (capacity == 0 || (capacity & (capacity - 1)) != 0 || header->capacity != capacity ||
        header->entry_bytes != entry_bytes)
        return false;
    ring->header = header;
    ring->entries = (uint8_t *)memory + sizeof *header;
    ring->capacity = capacity;
    ring->entry_bytes = entry_bytes;
    ring->mine = 0;
    return true;
}

static uint8_t *entry_at(const struct ring *ring, uint32_t counter)
{
    return ring->entries + (size_t)(counter & (ring->capacity - 1)) * ring->entry_bytes;
}

/* ---------------------------------------------------------------- producer */

uint32_t ring_space(const struct ring *ring)
{
    uint32_t head = __atomic_load_n(&ring->header->head, __ATOMIC_ACQUIRE);
    uint32_t used = ring->mine - head;
    return used <= ring->capacity ? ring->capacity - used : 0;
}

bool ring_push(struct ring *ring, const void *entry)
{
    if (ring_space(ring) == 0)
        return false;
    memcpy(entry_at(ring, ring->mine), entry, ring->entry_bytes);
    ring->mine++;
    return true;
}

bool ring_publish(struct ring *ring)
{
    __atomic_store_n(&ring->header->tail, ring->mine, __ATOMIC_RELEASE);
    /* Store the tail, then look at the flag; the consumer stores the flag, then looks at the
       tail. One of the two sees the other's store only if neither load overtakes. */
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    if (__atomic_load_n(&ring->header->consumer_sleeps, __ATOMIC_RELAXED) == 0)
        return false;
    return __atomic_exchange_n(&ring->header->consumer_sleeps, 0, __ATOMIC_RELAXED) != 0;
}

/* ---------------------------------------------------------------- consumer */

static uint32_t ring_used(const struct ring *ring)
{
    uint32_t tail = __atomic_load_n(&ring->header->tail, __ATOMIC_ACQUIRE);
    uint32_t used = tail - ring->mine;
    return used <= ring->capacity ? used : 0;
}

bool ring_pop(struct ring *ring, void *entry)
{
    if (ring_used(ring) == 0)
        return false;
    memcpy(entry, entry_at(ring, ring->mine), ring->entry_bytes);
    ring->mine++;
    __atomic_store_n(&ring->header->head, ring->mine, __ATOMIC_RELEASE);
    return true;
}

bool ring_prepare_sleep(struct ring *ring)
{
    __atomic_store_n(&ring->header->consumer_sleeps, 1, __ATOMIC_RELAXED);
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    if (ring_used(ring) == 0)
        return true;
    __atomic_store_n(&ring->header->consumer_sleeps, 0, __ATOMIC_RELAXED);
    return false;
}
