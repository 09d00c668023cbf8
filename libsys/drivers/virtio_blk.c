/*
 * virtio-blk (virtio 1.x, section 5.2): a disk behind one virtqueue.
 *
 *      request     | header: type, sector | data segments ... | status |
 *                    device reads           reads or writes     writes
 *
 * Many requests are in flight; each has a slot with its header and its status byte in memory
 * that the device sees. A device that breaks the rules or asks for a reset is reset and set
 * up again: what was in flight fails with -EIO. If it cannot be set up again, everything
 * fails from then on, but is answered.
 */
#include "virtio_transport.h"

#include <string.h>

#define FEATURE_SIZE_MAX (1ull << 1)
#define FEATURE_SEGMENTS_MAX (1ull << 2)
#define FEATURE_READ_ONLY (1ull << 5)
#define FEATURE_BLOCK_SIZE (1ull << 6)
#define FEATURE_FLUSH (1ull << 9)
#define FEATURES_WANTED                                                                 \
    (FEATURE_SIZE_MAX | FEATURE_SEGMENTS_MAX | FEATURE_READ_ONLY | FEATURE_BLOCK_SIZE | \
     FEATURE_FLUSH | VIRTIO_FEATURE_INDIRECT)

/* Section 5.2.4: the configuration, as 32-bit words. */
enum configuration_word {
    CONFIGURATION_CAPACITY_LOW = 0,
    CONFIGURATION_CAPACITY_HIGH = 1,
    CONFIGURATION_SIZE_MAX = 2,
    CONFIGURATION_SEGMENTS_MAX = 3,
    CONFIGURATION_BLOCK_SIZE = 5,
    CONFIGURATION_WORDS = 6,
};

/* Section 5.2.6. */
enum request_type { REQUEST_IN = 0, REQUEST_OUT = 1, REQUEST_FLUSH = 4 };
enum request_status { STATUS_OK = 0, STATUS_IO_ERROR = 1, STATUS_UNSUPPORTED = 2 };
#define STATUS_PENDING 0xffu /* never a device's answer */
#define HEADER_BYTES 16u

struct request_slot { /* in memory of the device */
    uint32_t type, reserved;
    uint64_t sector;
    uint8_t status;
    uint8_t padding[15];
};

/* A request that the device has; which one, by slot. */
struct flight {
    struct block_request *request;
    struct flight *next_free;
};

struct virtio_blk {
    struct block_device device; /* first: a device is its driver's state */
    struct virtio_transport transport;
    struct virtqueue queue;
    struct request_queue finished; /* results known, done() not called yet */
    struct request_slot *slots;
    uint64_t slots_physical;
    struct flight flights[VIRTQUEUE_SIZE_MAX];
    struct flight *free_flight;
    uint32_t size_max;      /* bytes a segment may have */
    uint32_t block_sectors; /* requests begin and end on multiples */
    bool dead;
};

/* ---------------------------------------------------------------- start and reset */

static void free_all_flights(struct virtio_blk *disk)
{
    disk->free_flight = NULL;
    for (unsigned i = 0; i < VIRTQUEUE_SIZE_MAX; i++) {
        disk->flights[i].next_free = disk->free_flight;
        disk->free_flight = &disk->flights[i];
    }
}

static int read_geometry(struct virtio_blk *disk)
{
    uint32_t words[CONFIGURATION_WORDS];
    uint64_t features = disk->transport.features;
    int error = virtio_transport_read_configuration(&disk->transport, words, CONFIGURATION_WORDS);
    if (error != 0)
        return error;

    struct block_device *device = &disk->device;
    device->sectors =
        words[CONFIGURATION_CAPACITY_LOW] | (uint64_t)words[CONFIGURATION_CAPACITY_HIGH] << 32;
    device->read_only = (features & FEATURE_READ_ONLY) != 0;
    /* 5.2.5.2: without a way to switch it, FLUSH means that there is a write-back cache. */
    device->has_write_cache = (features & FEATURE_FLUSH) != 0;

    disk->size_max = UINT32_MAX;
    if ((features & FEATURE_SIZE_MAX) != 0)
        disk->size_max = words[CONFIGURATION_SIZE_MAX];
    disk->block_sectors = 1;
    if ((features & FEATURE_BLOCK_SIZE) != 0)
        disk->block_sectors = words[CONFIGURATION_BLOCK_SIZE] / BLOCK_SECTOR_BYTES;
    if (disk->size_max < BLOCK_SECTOR_BYTES || disk->block_sectors == 0)
        return -ENXIO;

    /* 2.7.5.3.1: no chain, indirect or not, is longer than the queue. */
    uint32_t segments = BLOCK_SEGMENTS_MAX;
    if (disk->queue.size < 3)
        return -ENXIO;
    if (segments > disk->queue.size - 2u)
        segments = disk->queue.size - 2u;
    if ((features & FEATURE_SEGMENTS_MAX) != 0 && segments > words[CONFIGURATION_SEGMENTS_MAX])
        segments = words[CONFIGURATION_SEGMENTS_MAX];
    if (segments == 0)
        return -ENXIO;
    device->segments_max = segments;
    /* A guide, not a promise: submit() says when the queue is full. */
    device->queue_depth = disk->queue.indirect ? disk->queue.size : disk->queue.size / 3u;
    return 0;
}

static int start(struct virtio_blk *disk)
{
    free_all_flights(disk);
    int error = virtio_transport_reset(&disk->transport);
    if (error == 0)
        error = virtio_transport_negotiate(&disk->transport, FEATURES_WANTED);
    if (error == 0)
        error = virtio_transport_start_queue(&disk->transport, &disk->queue);
    if (error == 0)
        error = read_geometry(disk);
    if (error != 0) {
        virtio_transport_give_up(&disk->transport);
        return error;
    }
    virtio_transport_run(&disk->transport);
    return 0;
}

static void finish(struct virtio_blk *disk, struct block_request *request, int result)
{
    request->result = result;
    request_queue_append(&disk->finished, request);
    disk->device.poll_at = POLL_NOW;
}

/*
 * Reset first: only then does the memory of what was in flight belong to us again. A device
 * that does not even reset gets its failures reported all the same; it is past help.
 */
static void restart(struct virtio_blk *disk)
{
    virtio_transport_reset(&disk->transport);
    for (struct flight *flight; (flight = virtqueue_abandon(&disk->queue)) != NULL;)
        finish(disk, flight->request, -EIO);
    disk->dead = start(disk) != 0;
}

/* ---------------------------------------------------------------- requests */

static unsigned build_chain(const struct virtio_blk *disk, const struct block_request *request,
                            uint64_t slot_physical, struct virtqueue_buffer *chain)
{
    unsigned count = 0;
    chain[count++] = (struct virtqueue_buffer){slot_physical, HEADER_BYTES, false};
    uint32_t segment_count = request->operation == BLOCK_FLUSH ? 0 : request->segment_count;
    for (uint32_t i = 0; i < segment_count; i++) {
        uint64_t physical = request->segments[i].physical;
        uint32_t left = request->segments[i].length_bytes;
        while (left > 0) {
            uint32_t part = left < disk->size_max ? left : disk->size_max;
            if (count == disk->device.segments_max + 1)
                return 0;
            chain[count++] =
                (struct virtqueue_buffer){physical, part, request->operation == BLOCK_READ};
            physical += part;
            left -= part;
        }
    }
    chain[count++] =
        (struct virtqueue_buffer){slot_physical + offsetof(struct request_slot, status), 1, true};
    return count;
}

static int check(const struct virtio_blk *disk, const struct block_request *request)
{
    int error = block_request_check(&disk->device, request);
    if (error != 0 || request->operation == BLOCK_FLUSH || disk->block_sectors == 1)
        return error;
    uint64_t length = 0;
    for (uint32_t i = 0; i < request->segment_count; i++)
        length += request->segments[i].length_bytes;
    if (request->sector % disk->block_sectors != 0 ||
        length / BLOCK_SECTOR_BYTES % disk->block_sectors != 0)
        return -EINVAL;
    return 0;
}

static bool virtio_blk_submit(struct block_device *device, struct block_request *request)
{
    struct virtio_blk *disk = (struct virtio_blk *)device;
    int error = disk->dead ? -EIO : check(disk, request);
    bool nothing_to_flush = request->operation == BLOCK_FLUSH && !device->has_write_cache;
    if (error != 0 || nothing_to_flush) {
        block_activity_begin(device);
        finish(disk, request, error);
        return true;
    }
    struct flight *flight = disk->free_flight;
    if (flight == NULL)
        return false;

    size_t index = (size_t)(flight - disk->flights);
    struct request_slot *slot = &disk->slots[index];
    slot->type = request->operation == BLOCK_READ    ? REQUEST_IN
                 : request->operation == BLOCK_WRITE ? REQUEST_OUT
                                                     : REQUEST_FLUSH;
    slot->reserved = 0;
    slot->sector = request->operation == BLOCK_FLUSH ? 0 : request->sector;
    slot->status = STATUS_PENDING;

    struct virtqueue_buffer chain[VIRTQUEUE_CHAIN_MAX];
    unsigned count = build_chain(disk, request, disk->slots_physical + index * sizeof *slot, chain);
    if (count == 0) { /* too many pieces for a device that takes only small ones */
        block_activity_begin(device);
        finish(disk, request, -EINVAL);
        return true;
    }
    if (!virtqueue_add(&disk->queue, chain, count, flight))
        return false;
    disk->free_flight = flight->next_free;
    flight->request = request;
    block_activity_begin(device);
    return true;
}

static void virtio_blk_kick(struct block_device *device)
{
    struct virtio_blk *disk = (struct virtio_blk *)device;
    if (!disk->dead && virtqueue_publish(&disk->queue))
        virtio_transport_notify(&disk->transport);
}

/* ---------------------------------------------------------------- completions */

static int result_of(uint8_t status)
{
    switch (status) {
    case STATUS_OK: return 0;
    case STATUS_UNSUPPORTED: return -ENOTSUP;
    default: return -EIO; /* STATUS_IO_ERROR, or an answer that does not exist */
    }
}

/* Collects what the device has finished; false: the queue is broken. */
static bool collect(struct virtio_blk *disk, uint32_t *collected)
{
    void *owner;
    enum virtqueue_take taken;
    while ((taken = virtqueue_take(&disk->queue, &owner)) == VIRTQUEUE_TAKEN) {
        struct flight *flight = owner;
        const volatile uint8_t *status = &disk->slots[flight - disk->flights].status;
        finish(disk, flight->request, result_of(*status));
        flight->next_free = disk->free_flight;
        disk->free_flight = flight;
        ++*collected;
    }
    return taken != VIRTQUEUE_BROKEN;
}

static uint32_t virtio_blk_poll(struct block_device *device)
{
    struct virtio_blk *disk = (struct virtio_blk *)device;
    if (!disk->dead) {
        uint32_t collected = 0;
        bool broken = !collect(disk, &collected);
        /* Reading the status leaves the processor: only when the interrupt was not for us. */
        if (broken || (collected == 0 && disk->finished.first == NULL &&
                       virtio_transport_needs_reset(&disk->transport)))
            restart(disk);
    }
    device->poll_at = 0; /* before done(), which may submit and set it again */
    return request_queue_complete(device, &disk->finished);
}

static const struct block_device_operations virtio_blk_operations = {
    .submit = virtio_blk_submit, .kick = virtio_blk_kick, .poll = virtio_blk_poll};

/* ---------------------------------------------------------------- opening */

uint64_t virtio_blk_dma_bytes(void)
{
    return sizeof(struct virtio_blk) + virtqueue_dma_bytes() +
           VIRTQUEUE_SIZE_MAX * sizeof(struct request_slot) + 2 * 64; /* alignment */
}

struct block_device *virtio_blk_open(const struct disk_description *description,
                                     const struct driver_context *context, int *error)
{
    struct virtio_blk *disk = dma_take(context->memory, sizeof *disk, 64, NULL);
    if (disk == NULL) {
        *error = -ENOMEM;
        return NULL;
    }
    memset(disk, 0, sizeof *disk);
    disk->device.operations = &virtio_blk_operations;
    disk->slots = dma_take(context->memory, VIRTQUEUE_SIZE_MAX * sizeof(struct request_slot), 64,
                           &disk->slots_physical);
    if (disk->slots == NULL || !virtqueue_allocate(&disk->queue, context->memory)) {
        *error = -ENOMEM;
        return NULL;
    }
    *error = virtio_transport_attach(&disk->transport, description);
    if (*error == 0)
        *error = virtio_transport_bind_interrupt(&disk->transport, context->irq,
                                                 context->notification, context->bits);
    if (*error == 0)
        *error = start(disk);
    return *error == 0 ? &disk->device : NULL;
}
