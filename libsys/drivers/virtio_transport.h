/*
 * A virtio device on PCI, modern interface (virtio 1.x, section 4.1): its registers, found
 * and mapped by the pager, and the start-up dance of section 3.1.1.
 */
#pragma once

#include "virtqueue.h"

/* Feature bits that belong to no device kind (section 6). */
#define VIRTIO_FEATURE_INDIRECT (1ull << 28)
#define VIRTIO_FEATURE_VERSION_1 (1ull << 32)

struct virtio_transport {
    uint64_t common, notify, device; /* addresses of the register blocks */
    uint32_t notify_length, notify_multiplier, device_length;
    uint64_t queue_notify; /* address of queue 0's doorbell */
    uint64_t msix_entry;   /* address of the entry 0 of the MSI-X table */
    uint64_t features;     /* what both sides agreed on */
};

/* Checks the description against the BARs' sizes. 0 or a negative errno. */
int virtio_transport_attach(struct virtio_transport *transport,
                            const struct disk_description *description);
/* Makes MSI-X entry 0 raise `bits` of the notification through the IRQ object. */
int virtio_transport_bind_interrupt(struct virtio_transport *transport, uint32_t irq,
                                    uint32_t notification, uint64_t bits);
/* The device forgets everything; -EIO when it does not answer. */
int virtio_transport_reset(struct virtio_transport *transport);
/* From a reset device to agreed features: the wanted ones that it offers. VERSION_1 is a must. */
int virtio_transport_negotiate(struct virtio_transport *transport, uint64_t wanted);
/* Sets up queue 0 with the largest size that both sides can do, MSI-X vector 0. */
int virtio_transport_start_queue(struct virtio_transport *transport, struct virtqueue *queue);
/* DRIVER_OK: the device runs. */
void virtio_transport_run(struct virtio_transport *transport);
/* Tells the device that it will not be used: something of the above failed. */
void virtio_transport_give_up(struct virtio_transport *transport);
/* The device says that it is in a state that only a reset ends. */
bool virtio_transport_needs_reset(const struct virtio_transport *transport);
void virtio_transport_notify(const struct virtio_transport *transport);

/* The device-specific configuration, consistent even if the device changes it meanwhile. */
int virtio_transport_read_configuration(const struct virtio_transport *transport, uint32_t *words,
                                        unsigned word_count);
