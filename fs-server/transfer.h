/*
 * Transfers between the disk and memory, merged into as few block requests as possible.
 *
 *   transfer_start()    puts a transfer into the plug window, sorted by sector
 *   transfer_unplug()   closes the window: neighbours on the disk become one request with
 *                       many segments; the device is kicked once
 *
 *      window  [r 8..15][r 16..23][w 40..47]      -->  read 8..23 (2 segments), write 40..47
 *
 * Windows are served in order, so no transfer starves behind lower sectors that come later.
 * When a merged request fails each of its transfers is tried again by itself: one bad
 * sector costs one page, not its neighbours.
 */
#pragma once

#include "queue.h"
#include "status.h"

#include <quire/block_device.h>

struct transfer {
    struct queue link;
    enum block_operation operation;
    uint64_t sector;
    uint64_t physical;
    uint32_t length_bytes;
    bool alone; /* never merged: a flush, or the second try */
    status result;
    void (*done)(struct transfer *transfer); /* from transfer_poll() or transfer_unplug() */
    void *owner;
};

struct transfer_bundle; /* a block request in the making or in flight */

struct transfer_queue {
    struct block_device *device;
    struct queue window;  /* the open plug window */
    struct queue waiting; /* closed windows that the device has no room for */
    struct queue idle;    /* bundles */
    uint32_t in_flight;
    uint64_t sectors_read, sectors_written; /* that the disk did */
};

#define TRANSFER_BUNDLES 64u

size_t transfer_queue_bytes(void);
void transfer_queue_init(struct transfer_queue *queue, struct block_device *device, void *memory);
void transfer_start(struct transfer_queue *queue, struct transfer *transfer);
void transfer_unplug(struct transfer_queue *queue);
/* Completes what the device finished; true if anything was. */
bool transfer_poll(struct transfer_queue *queue);
