/*
 * Virtio over PCI: see virtio_transport.h. Section numbers are those of the virtio 1.1
 * specification.
 */
#include "virtio_transport.h"

#include "mmio.h"

#include <quire/system_call.h>

/* Section 4.1.4.3: the common configuration structure. */
enum common_register {
    COMMON_DEVICE_FEATURE_SELECT = 0x00,
    COMMON_DEVICE_FEATURE = 0x04,
    COMMON_DRIVER_FEATURE_SELECT = 0x08,
    COMMON_DRIVER_FEATURE = 0x0c,
    COMMON_CONFIGURATION_VECTOR = 0x10,
    COMMON_QUEUE_COUNT = 0x12,
    COMMON_STATUS = 0x14,
    COMMON_GENERATION = 0x15,
    COMMON_QUEUE_SELECT = 0x16,
    COMMON_QUEUE_SIZE = 0x18,
    COMMON_QUEUE_VECTOR = 0x1a,
    COMMON_QUEUE_ENABLE = 0x1c,
    COMMON_QUEUE_NOTIFY_OFFSET = 0x1e,
    COMMON_QUEUE_DESCRIPTORS = 0x20,
    COMMON_QUEUE_AVAILABLE = 0x28,
    COMMON_QUEUE_USED = 0x30,
    COMMON_BYTES = 0x38,
};

/* Section 2.1: device status. */
#define STATUS_ACKNOWLEDGE 1u
#define STATUS_DRIVER 2u
#define STATUS_DRIVER_OK 4u
#define STATUS_FEATURES_OK 8u
#define STATUS_NEEDS_RESET 0x40u
#define STATUS_FAILED 0x80u

#define MSIX_VECTOR 0u
/* PCI 3.0, 6.8.2.6: an entry is address (8 bytes), data, vector control (bit 0: masked). */
#define MSIX_ENTRY_BYTES 16u
#define MSIX_ENTRY_DATA 8u
#define MSIX_ENTRY_CONTROL 12u

#define RESET_TIMEOUT_NANOSECONDS 1000000000ull
#define CONFIGURATION_TRIES 16

static uint64_t block_address(const struct disk_description *description, unsigned bar,
                              uint64_t offset, uint64_t length)
{
    if (bar >= 6 || description->bar_address[bar] == 0 || length == 0 ||
        length > description->bar_bytes[bar] || offset > description->bar_bytes[bar] - length)
        return 0;
    return description->bar_address[bar] + offset;
}

int virtio_transport_attach(struct virtio_transport *transport,
                            const struct disk_description *description)
{
    *transport = (struct virtio_transport){
        .common = block_address(description, description->common.bar, description->common.offset,
                                description->common.length),
        .notify = block_address(description, description->notify.bar, description->notify.offset,
                                description->notify.length),
        .device = block_address(description, description->device.bar, description->device.offset,
                                description->device.length),
        .notify_length = description->notify.length,
        .notify_multiplier = description->notify_multiplier,
        .device_length = description->device.length,
        .msix_entry = block_address(description, description->msix_bar, description->msix_offset,
                                    (uint64_t)description->msix_entries * MSIX_ENTRY_BYTES),
    };
    if (transport->common == 0 || description->common.length < COMMON_BYTES ||
        transport->notify == 0 || transport->device == 0 || transport->msix_entry == 0)
        return -ENXIO;
    return 0;
}

int virtio_transport_bind_interrupt(struct virtio_transport *transport, uint32_t irq,
                                    uint32_t notification, uint64_t bits)
{
    uint64_t address;
    uint32_t data;
    if (sys_irq_info(irq, &address, &data) != KERNEL_OK ||
        sys_irq_bind(irq, notification, bits) != KERNEL_OK)
        return -ENXIO;
    uint64_t entry = transport->msix_entry + MSIX_VECTOR * MSIX_ENTRY_BYTES;
    mmio_write64(entry, address);
    mmio_write32(entry + MSIX_ENTRY_DATA, data);
    mmio_write32(entry + MSIX_ENTRY_CONTROL, 0);
    return 0;
}

static void add_status(struct virtio_transport *transport, uint8_t bits)
{
    uint8_t status = mmio_read8(transport->common + COMMON_STATUS);
    mmio_write8(transport->common + COMMON_STATUS, status | bits);
}

int virtio_transport_reset(struct virtio_transport *transport)
{
    mmio_write8(transport->common + COMMON_STATUS, 0);
    /* 4.1.4.3.2: wait until the device reads back 0. It has no interrupt for that; devices do
       it at once or are broken. */
    uint64_t deadline = 0;
    while (mmio_read8(transport->common + COMMON_STATUS) != 0) {
        uint64_t now = sys_clock_read();
        if (deadline == 0)
            deadline = now + RESET_TIMEOUT_NANOSECONDS;
        if (now > deadline)
            return -EIO;
    }
    return 0;
}

static uint64_t read_features(const struct virtio_transport *transport)
{
    mmio_write32(transport->common + COMMON_DEVICE_FEATURE_SELECT, 0);
    uint64_t low = mmio_read32(transport->common + COMMON_DEVICE_FEATURE);
    mmio_write32(transport->common + COMMON_DEVICE_FEATURE_SELECT, 1);
    return low | (uint64_t)mmio_read32(transport->common + COMMON_DEVICE_FEATURE) << 32;
}

int virtio_transport_negotiate(struct virtio_transport *transport, uint64_t wanted)
{
    add_status(transport, STATUS_ACKNOWLEDGE);
    add_status(transport, STATUS_DRIVER);

    uint64_t features = read_features(transport) & (wanted | VIRTIO_FEATURE_VERSION_1);
    if ((features & VIRTIO_FEATURE_VERSION_1) == 0)
        return -ENOTSUP;
    mmio_write32(transport->common + COMMON_DRIVER_FEATURE_SELECT, 0);
    mmio_write32(transport->common + COMMON_DRIVER_FEATURE, (uint32_t)features);
    mmio_write32(transport->common + COMMON_DRIVER_FEATURE_SELECT, 1);
    mmio_write32(transport->common + COMMON_DRIVER_FEATURE, (uint32_t)(features >> 32));

    add_status(transport, STATUS_FEATURES_OK);
    if ((mmio_read8(transport->common + COMMON_STATUS) & STATUS_FEATURES_OK) == 0)
        return -ENOTSUP;
    transport->features = features;
    return 0;
}

int virtio_transport_start_queue(struct virtio_transport *transport, struct virtqueue *queue)
{
    uint64_t common = transport->common;
    if (mmio_read16(common + COMMON_QUEUE_COUNT) == 0)
        return -ENXIO;
    mmio_write16(common + COMMON_QUEUE_SELECT, 0);
    uint16_t size = mmio_read16(common + COMMON_QUEUE_SIZE);
    if (size == 0 || (size & (size - 1)) != 0)
        return -ENXIO;
    if (size > VIRTQUEUE_SIZE_MAX)
        size = VIRTQUEUE_SIZE_MAX;
    virtqueue_initialize(queue, size, (transport->features & VIRTIO_FEATURE_INDIRECT) != 0);

    uint64_t notify_offset =
        (uint64_t)mmio_read16(common + COMMON_QUEUE_NOTIFY_OFFSET) * transport->notify_multiplier;
    if (notify_offset + sizeof(uint16_t) > transport->notify_length)
        return -ENXIO;
    transport->queue_notify = transport->notify + notify_offset;

    /* Configuration changes share the queue's vector: "needs reset" must not go unheard. The
       device answers NO_VECTOR (0xffff) when it cannot. */
    mmio_write16(common + COMMON_CONFIGURATION_VECTOR, MSIX_VECTOR);
    mmio_write16(common + COMMON_QUEUE_VECTOR, MSIX_VECTOR);
    if (mmio_read16(common + COMMON_CONFIGURATION_VECTOR) != MSIX_VECTOR ||
        mmio_read16(common + COMMON_QUEUE_VECTOR) != MSIX_VECTOR)
        return -EBUSY;

    mmio_write16(common + COMMON_QUEUE_SIZE, size);
    mmio_write64(common + COMMON_QUEUE_DESCRIPTORS, queue->descriptors_physical);
    mmio_write64(common + COMMON_QUEUE_AVAILABLE, queue->available_physical);
    mmio_write64(common + COMMON_QUEUE_USED, queue->used_physical);
    mmio_write16(common + COMMON_QUEUE_ENABLE, 1);
    return 0;
}

void virtio_transport_run(struct virtio_transport *transport)
{
    add_status(transport, STATUS_DRIVER_OK);
}

void virtio_transport_give_up(struct virtio_transport *transport)
{
    add_status(transport, STATUS_FAILED);
}

bool virtio_transport_needs_reset(const struct virtio_transport *transport)
{
    return (mmio_read8(transport->common + COMMON_STATUS) & STATUS_NEEDS_RESET) != 0;
}

void virtio_transport_notify(const struct virtio_transport *transport)
{
    mmio_write16(transport->queue_notify, 0);
}

int virtio_transport_read_configuration(const struct virtio_transport *transport, uint32_t *words,
                                        unsigned word_count)
{
    for (int tries = 0; tries < CONFIGURATION_TRIES; tries++) {
        uint8_t before = mmio_read8(transport->common + COMMON_GENERATION);
        for (unsigned i = 0; i < word_count; i++)
            words[i] = (i + 1) * 4 <= transport->device_length
                           ? mmio_read32(transport->device + i * 4)
                           : 0;
        if (mmio_read8(transport->common + COMMON_GENERATION) == before)
            return 0;
    }
    return -EIO;
}
