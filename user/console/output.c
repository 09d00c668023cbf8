/*
 * Taking output records out of the ring byte by byte: see output.h.
 */
#include "output.h"

#define LENGTH_BYTES 4u

void output_initialize(struct output *output, struct byte_ring *ring)
{
    *output = (struct output){.ring = ring, .notify_below = ring->capacity / 2};
}

/* Goes on to the next record that has text; false: none is there in whole. */
static bool next_record(struct output *output)
{
    while (output->record_bytes == 0) {
        uint32_t length;
        output->cursor += output->padding;
        output->padding = 0;
        if (byte_ring_peek_at(output->ring, output->cursor, &length, LENGTH_BYTES) < LENGTH_BYTES)
            return false;
        if (length > output->ring->capacity - LENGTH_BYTES) {
            /* No such record fits in the ring. Where the next begins is unknown: start afresh
               behind everything that is there. */
            byte_ring_skip(output->ring, output->ring->capacity);
            output->cursor = 0;
            return false;
        }
        output->cursor += LENGTH_BYTES;
        output->record_bytes = length;
        output->padding = -length & (LENGTH_BYTES - 1);
    }
    return true;
}

bool output_next(struct output *output, uint8_t *byte)
{
    if (!next_record(output) || byte_ring_peek_at(output->ring, output->cursor, byte, 1) == 0)
        return false;
    output->cursor++;
    output->record_bytes--;
    if (output->record_bytes == 0) {
        output->cursor += output->padding;
        output->padding = 0;
    }
    return true;
}

bool output_at_boundary(const struct output *output)
{
    return output->record_bytes == 0;
}

bool output_prepare_sleep(struct output *output)
{
    return byte_ring_prepare_sleep_behind(output->ring, output->cursor);
}

bool output_release(struct output *output)
{
    if (output->cursor == 0)
        return false;
    size_t half = output->ring->capacity / 2, before = byte_ring_used(output->ring);
    byte_ring_skip(output->ring, output->cursor);
    output->cursor = 0;
    if (before > half)
        output->notify_below = half;
    size_t left = byte_ring_used(output->ring);
    if (left > output->notify_below || !byte_ring_producer_waits(output->ring))
        return false;
    output->notify_below = left / 2;
    return true;
}
