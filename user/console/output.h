/*
 * Output records on their way from the pager's byte ring to the devices.
 *
 *      ring:  | length | bytes ... | padding to 4 | length | ...
 *             ^ head          ^ cursor: handed out, perhaps still in the transmitter
 *
 * Bytes leave the ring only when output_release() says that the device is done with them: an
 * empty ring means that everything is out, which the pager waits for before power-off. There
 * is no second buffer: what the devices cannot take yet stays in the ring.
 */
#pragma once

#include <quire/byte_ring.h>

struct output {
    struct byte_ring *ring;
    uint32_t cursor;       /* bytes behind the ring's head that were handed out */
    uint32_t record_bytes; /* of the current record, not handed out yet */
    uint32_t padding;      /* behind the current record */
    size_t notify_below;   /* a waiting producer is told when the ring holds no more than this */
};

void output_initialize(struct output *output, struct byte_ring *ring);
/* The next byte of text; false: there is none now. */
bool output_next(struct output *output, uint8_t *byte);
/* Nothing of a record is out yet: other text may come here without tearing a line apart. */
bool output_at_boundary(const struct output *output);
/* Announces sleep to the producer. false: there is more to hand out now. */
bool output_prepare_sleep(struct output *output);
/*
 * What was handed out is on the wire. true: the producer waits for room and must be notified.
 * It hears of room when half the ring is free, and if that was not enough for it, at each
 * further half: not with every few bytes.
 */
bool output_release(struct output *output);
