/*
 * Block devices as a server sees them: asynchronous, many requests in flight, data moved
 * by the device straight to and from physical memory.
 *
 * A server submits requests and later, when the device's interrupt arrives as a
 * notification, calls block_device_poll_completions(), which calls each finished
 * request's `done`. Requests complete in any order. A request's memory belongs to the
 * device from submission to `done`.
 *
 * Drivers: RAM disk (synchronous copy, completion still by poll), virtio-blk, and a
 * wrapper that delays completions, for tests.
 */
#pragma once

#include <quire/server_start.h>
#include <stdbool.h>
#include <stdint.h>

#define BLOCK_SECTOR_BYTES 512u
#define BLOCK_SEGMENTS_MAX 64u

enum block_operation { BLOCK_READ = 0, BLOCK_WRITE = 1, BLOCK_FLUSH = 2 };

struct block_segment {
    uint64_t physical;
    uint32_t length_bytes; /* multiple of the sector size */
};

struct block_request {
    enum block_operation operation;
    uint64_t sector;
    uint32_t segment_count;
    int32_t result; /* 0 or a negative errno, valid in done() */
    const struct block_segment *segments;
    void (*done)(struct block_request *request);
    void *context;
    struct block_request *next; /* the driver's while in flight */
    uint64_t driver_data;
};

struct block_device;
struct block_device_operations {
    /* Queues the request; false if the queue is full: submit again after a completion. */
    bool (*submit)(struct block_device *device, struct block_request *request);
    /* Tells the device about what was submitted (one doorbell for many). */
    void (*kick)(struct block_device *device);
    /* Completes what is finished; returns how many. */
    uint32_t (*poll)(struct block_device *device);
};

/*
 * How busy a device is, in ticks of the time-stamp counter: kept by the driver, true at settled_at. Over an
 * interval: busy / ticks is the part of the time with requests in flight, in_flight_ticks / busy_ticks the
 * mean queue depth meanwhile, in_flight_ticks / requests what a request takes.
 */
struct block_activity {
    uint64_t requests; /* that the driver accepted */
    uint64_t busy_ticks;
    uint64_t in_flight_ticks; /* sum over requests, from submission to completion */
    uint64_t settled_at;
    uint64_t in_flight; /* now */
};
void block_activity_settle(struct block_activity *activity, uint64_t now);

static inline uint64_t block_time_stamp(void)
{
    uint32_t low, high;
    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    return (uint64_t)high << 32 | low;
}

struct block_device {
    const struct block_device_operations *operations;
    uint64_t sectors;
    uint32_t segments_max; /* per request */
    uint32_t queue_depth;
    bool has_write_cache;
    bool read_only;
    /* When the device next needs a poll without an interrupt (delay wrapper, RAM disk): absolute
       nanoseconds, 0 never. The server arms its timer for it. */
    uint64_t poll_at;
    struct block_activity activity;
};

/* Memory a driver may use for its queues: contiguous, wired, zeroed, physical address known. */
struct dma_memory {
    uint8_t *address;
    uint64_t physical;
    uint64_t length_bytes;
};

/*
 * Opens the disk described. `notification` and `bits` are what the interrupt raises; `irq`
 * the handle of the (MSI-X) interrupt, 0 for a RAM disk. `memory` must hold
 * block_device_dma_bytes(description). `physical_to_virtual` is for the RAM disk, which
 * copies: it maps a segment's address to where this server sees it (NULL if it cannot).
 * Returns NULL and sets *error (negative errno) when the device does not work.
 */
struct block_device *block_device_open(const struct disk_description *description,
                                       struct dma_memory *memory, uint32_t notification,
                                       uint64_t bits, uint32_t irq,
                                       void *(*physical_to_virtual)(uint64_t physical), int *error);
uint64_t block_device_dma_bytes(const struct disk_description *description);
