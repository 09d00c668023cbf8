/*
 * The ring of bytes: see quire/byte_ring.h; ring.c says how the counters are trusted and why
 * there are fences.
 */
#include <quire/byte_ring.h>
#include <string.h>

void byte_ring_format(void *memory, uint32_t capacity)
{
    struct byte_ring_header *header = memory;
    memset(header, 0, sizeof *header);
    header->capacity = capacity;
}

bool byte_ring_attach(struct byte_ring *ring, void *memory, uint32_t capacity)
{
    struct byte_ring_header *header = memory;
    if (capacity == 0 || (capacity & (capacity - 1)) != 0 || header->capacity != capacity)
        return false;
    ring->header = header;
    ring->capacity = capacity;
    ring->mine = 0;
    return true;
}

/* ---------------------------------------------------------------- producer */

static size_t byte_ring_space(const struct byte_ring *ring)
{
    uint32_t head = __atomic_load_n(&ring->header->head, __ATOMIC_ACQUIRE);
    uint32_t used = ring->mine - head;
    return used <= ring->capacity ? ring->capacity - used : 0;
}

bool byte_ring_write(struct byte_ring *ring, const void *bytes, size_t length)
{
    if (length > byte_ring_space(ring)) {
        __atomic_store_n(&ring->header->producer_waits, 1, __ATOMIC_RELAXED);
        __atomic_thread_fence(__ATOMIC_SEQ_CST);
        /* Room made before the consumer could see the flag would be announced to nobody. */
        if (length > byte_ring_space(ring))
            return false;
        __atomic_store_n(&ring->header->producer_waits, 0, __ATOMIC_RELAXED);
    }
    uint32_t start = ring->mine & (ring->capacity - 1);
    size_t first = ring->capacity - start;
    if (first > length)
        first = length;
    memcpy(ring->header->bytes + start, bytes, first);
    memcpy(ring->header->bytes, (const uint8_t *)bytes + first, length - first);
    ring->mine += (uint32_t)length;
    __atomic_store_n(&ring->header->tail, ring->mine, __ATOMIC_RELEASE);
    return true;
}

bool byte_ring_consumer_sleeps(struct byte_ring *ring)
{
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    if (__atomic_load_n(&ring->header->consumer_sleeps, __ATOMIC_RELAXED) == 0)
        return false;
    return __atomic_exchange_n(&ring->header->consumer_sleeps, 0, __ATOMIC_RELAXED) != 0;
}

/* ---------------------------------------------------------------- consumer */

size_t byte_ring_used(const struct byte_ring *ring)
{
    uint32_t tail = __atomic_load_n(&ring->header->tail, __ATOMIC_ACQUIRE);
    uint32_t used = tail - ring->mine;
    return used <= ring->capacity ? used : 0;
}

size_t byte_ring_peek_at(const struct byte_ring *ring, size_t offset, void *bytes, size_t capacity)
{
    size_t used = byte_ring_used(ring);
    size_t length = offset < used ? used - offset : 0;
    if (length > capacity)
        length = capacity;
    uint32_t start = (ring->mine + (uint32_t)offset) & (ring->capacity - 1);
    size_t first = ring->capacity - start;
    if (first > length)
        first = length;
    memcpy(bytes, ring->header->bytes + start, first);
    memcpy((uint8_t *)bytes + first, ring->header->bytes, length - first);
    return length;
}

size_t byte_ring_peek(const struct byte_ring *ring, void *bytes, size_t capacity)
{
    return byte_ring_peek_at(ring, 0, bytes, capacity);
}

void byte_ring_skip(struct byte_ring *ring, size_t length)
{
    size_t used = byte_ring_used(ring);
    ring->mine += (uint32_t)(length < used ? length : used);
    __atomic_store_n(&ring->header->head, ring->mine, __ATOMIC_RELEASE);
}

size_t byte_ring_read(struct byte_ring *ring, void *bytes, size_t capacity)
{
    size_t length = byte_ring_peek(ring, bytes, capacity);
    byte_ring_skip(ring, length);
    return length;
}

bool byte_ring_producer_waits(struct byte_ring *ring)
{
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    if (__atomic_load_n(&ring->header->producer_waits, __ATOMIC_RELAXED) == 0)
        return false;
    return __atomic_exchange_n(&ring->header->producer_waits, 0, __ATOMIC_RELAXED) != 0;
}

bool byte_ring_prepare_sleep_behind(struct byte_ring *ring, size_t offset)
{
    __atomic_store_n(&ring->header->consumer_sleeps, 1, __ATOMIC_RELAXED);
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    if (byte_ring_used(ring) <= offset)
        return true;
    __atomic_store_n(&ring->header->consumer_sleeps, 0, __ATOMIC_RELAXED);
    return false;
}

bool byte_ring_prepare_sleep(struct byte_ring *ring)
{
    return byte_ring_prepare_sleep_behind(ring, 0);
}
