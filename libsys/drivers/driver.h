/*
 * What the block drivers share: a queue of requests, the check that every request passes
 * before it may be in flight, and cutting a driver's state and rings out of the memory that
 * the server gave. Internal to libsys/drivers.
 */
#pragma once

#include <quire/block_device.h>
#include <quire/errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* poll_at of a device that has a completion to deliver right now: any time in the past. */
#define POLL_NOW 1u

/* First in, first out, linked through request->next. */
struct request_queue {
    struct block_request *first, *last;
};

void request_queue_append(struct request_queue *queue, struct block_request *request);
struct block_request *request_queue_remove(struct request_queue *queue);

/* The device has one more request in flight. */
void block_activity_begin(struct block_device *device);
/* Calls done() of everything queued so far, not of what done() adds; returns how many. They are in flight no more. */
uint32_t request_queue_complete(struct block_device *device, struct request_queue *queue);

/*
 * 0, or the negative errno that the request deserves whatever the device would say: ranges
 * outside the disk, lengths that are not whole sectors, writes to a read-only disk.
 */
int block_request_check(const struct block_device *device, const struct block_request *request);

/* The next `length_bytes` of *memory, aligned (a power of two); NULL: too small. */
void *dma_take(struct dma_memory *memory, uint64_t length_bytes, uint64_t alignment,
               uint64_t *physical);

/* How a driver is opened; `memory` is used up from its beginning. */
struct driver_context {
    struct dma_memory *memory;
    uint32_t notification;
    uint64_t bits;
    uint32_t irq;
    void *(*physical_to_virtual)(uint64_t physical);
};

uint64_t ram_disk_dma_bytes(void);
struct block_device *ram_disk_open(const struct disk_description *description,
                                   const struct driver_context *context, int *error);

uint64_t virtio_blk_dma_bytes(void);
struct block_device *virtio_blk_open(const struct disk_description *description,
                                     const struct driver_context *context, int *error);

/* Holds every completion of `inner` back until its submission is `delay_microseconds` old. */
uint64_t delay_disk_dma_bytes(void);
struct block_device *delay_disk_open(struct block_device *inner, uint32_t delay_microseconds,
                                     const struct driver_context *context, int *error);
