/*
 * A virtio-blk device made of C, and the little of a kernel that its driver wants: a register
 * file, a disk in memory, and the device's side of the split virtqueue, written from the
 * specification and not from the driver. It may be told to be slow, to fail, to reorder and
 * to cheat.
 */
#pragma once

#include "host_test.h"

#include <stdbool.h>

#define BAR_ADDRESS 0x10000000ull
#define BAR_BYTES 0x4000u
#define NOTIFY_OFFSET 0x3000u
#define DEVICE_OFFSET 0x2000u
#define MSIX_OFFSET 0x1000u
#define DISK_SECTORS 4096u
#define IRQ_HANDLE 7u

#define F_SIZE_MAX (1ull << 1)
#define F_SEG_MAX (1ull << 2)
#define F_RO (1ull << 5)
#define F_BLK_SIZE (1ull << 6)
#define F_FLUSH (1ull << 9)
#define F_INDIRECT (1ull << 28)
#define F_EVENT_INDEX (1ull << 29)
#define F_VERSION_1 (1ull << 32)

/* What the tests turn. */
struct virtio_knobs {
    uint64_t features;
    uint16_t queue_size;
    uint32_t size_max, segments_max, block_size;
    bool refuse_features, refuse_vectors, deaf; /* deaf: does nothing by itself when notified */
    uint8_t status_answer;                      /* instead of doing the request; 0: do it */
    unsigned resets_ignored;
};
extern struct virtio_knobs knobs;

/* What the device is and what happened to it. */
struct virtio_device {
    uint32_t feature_select;
    uint64_t driver_features;
    uint8_t status;
    uint16_t configuration_vector, queue_vector, queue_size, enabled;
    uint64_t descriptors, available, used;
    uint16_t seen;
    unsigned notifications, interrupts, flushes, resets;
    _Alignas(16) uint8_t msix[32];
    unsigned longest_chain;
};
extern struct virtio_device device;
extern uint8_t disk_bytes[DISK_SECTORS * 512];

#define WORD16(address) (*(volatile uint16_t *)(uintptr_t)(address))
#define WORD32(address) (*(volatile uint32_t *)(uintptr_t)(address))

/* Finishes a chain, whether or not it was ever in flight. */
void put_used(uint16_t head, uint32_t written);
/* Serves everything that the driver has published, last first if asked. */
void run_device(bool reversed);
