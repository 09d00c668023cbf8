/*
 * A split virtqueue (virtio 1.x, section 2.7): memory that driver and device share.
 *
 *      descriptors   what lies where: address, length, who writes
 *      available     driver -> device: heads of descriptor chains, in order of submission
 *      used          device -> driver: heads of finished chains, in any order
 *
 * With indirect descriptors a whole chain takes one descriptor, which points to a table of
 * the chain's own; the tables are part of the queue's memory, one a descriptor.
 *
 * The device is told of everything that is added, and interrupts for everything that it has
 * finished: neither side asks the other to be quiet (used.flags, available.flags, the event
 * index of 2.7.10). Such a request is a store that must be seen before a load that follows it,
 * and QEMU before 8.0, on a machine with one CPU, translates memory barriers to nothing while
 * its devices run in threads of their own. An interrupt that was not sent for that reason never
 * comes, and whoever waits for the page waits for ever.
 *
 * What the device writes is checked: an index that runs away or the head of a chain that is
 * not in flight makes the queue broken, and its owner resets the device.
 */
#pragma once

#include "driver.h"

#define VIRTQUEUE_SIZE_MAX 256
#define VIRTQUEUE_CHAIN_MAX (BLOCK_SEGMENTS_MAX + 2)

struct virtqueue_descriptor {
    uint64_t physical;
    uint32_t length_bytes;
    uint16_t flags;
    uint16_t next;
};
#define DESCRIPTOR_NEXT 1u
#define DESCRIPTOR_DEVICE_WRITES 2u
#define DESCRIPTOR_INDIRECT 4u

struct virtqueue_used_element {
    uint32_t head;
    uint32_t written_bytes;
};

struct virtqueue_available {
    uint16_t flags, index;
    uint16_t heads[VIRTQUEUE_SIZE_MAX];
};
struct virtqueue_used {
    uint16_t flags, index;
    struct virtqueue_used_element elements[VIRTQUEUE_SIZE_MAX];
};

struct virtqueue {
    uint16_t size;
    bool indirect;
    struct virtqueue_descriptor *descriptors;
    struct virtqueue_available *available;
    struct virtqueue_used *used;
    struct virtqueue_descriptor *tables; /* [VIRTQUEUE_SIZE_MAX][VIRTQUEUE_CHAIN_MAX] */
    uint64_t descriptors_physical, available_physical, used_physical, tables_physical;

    uint16_t free_head, free_count;
    uint16_t available_index; /* after everything added */
    uint16_t published_index; /* what the device may see */
    uint16_t used_index;      /* what we have taken */
    uint16_t in_flight;
    uint16_t next[VIRTQUEUE_SIZE_MAX];  /* the links, where no device can write */
    uint16_t count[VIRTQUEUE_SIZE_MAX]; /* descriptors of the chain, by head */
    void *owners[VIRTQUEUE_SIZE_MAX];   /* by head; NULL: not in flight */
};

struct virtqueue_buffer {
    uint64_t physical;
    uint32_t length_bytes;
    bool device_writes;
};

enum virtqueue_take { VIRTQUEUE_EMPTY, VIRTQUEUE_TAKEN, VIRTQUEUE_BROKEN };

/* For any size up to VIRTQUEUE_SIZE_MAX. */
uint64_t virtqueue_dma_bytes(void);
/* Takes the queue's memory, once; false: too small. */
bool virtqueue_allocate(struct virtqueue *queue, struct dma_memory *memory);
/* Empties the queue for a device that was reset. size: a power of two. */
void virtqueue_initialize(struct virtqueue *queue, uint16_t size, bool indirect);

/* Adds a chain; buffers that the device reads come first. false: no room. owner: not NULL. */
bool virtqueue_add(struct virtqueue *queue, const struct virtqueue_buffer *buffers, unsigned count,
                   void *owner);
/* Shows the device what was added; true: it must be notified. */
bool virtqueue_publish(struct virtqueue *queue);
/* The owner of one finished chain, whose descriptors are free again. */
enum virtqueue_take virtqueue_take(struct virtqueue *queue, void **owner);
/* Any chain in flight, forgotten; NULL: none is left. For a device that was reset. */
void *virtqueue_abandon(struct virtqueue *queue);
