/*
 * Opening the disk that a description names, and what all block drivers share: see driver.h.
 */
#include "driver.h"

#include <quire/abi.h>

void request_queue_append(struct request_queue *queue, struct block_request *request)
{
    request->next = NULL;
    if (queue->first == NULL)
        queue->first = request;
    else
        queue->last->next = request;
    queue->last = request;
}

struct block_request *request_queue_remove(struct request_queue *queue)
{
    struct block_request *request = queue->first;
    if (request != NULL) {
        queue->first = request->next;
        request->next = NULL;
    }
    return request;
}

void block_activity_settle(struct block_activity *activity, uint64_t now)
{
    uint64_t ticks = now - activity->settled_at;
    activity->settled_at = now;
    activity->in_flight_ticks += ticks * activity->in_flight;
    if (activity->in_flight != 0)
        activity->busy_ticks += ticks;
}

void block_activity_begin(struct block_device *device)
{
    block_activity_settle(&device->activity, block_time_stamp());
    device->activity.requests++;
    device->activity.in_flight++;
}

uint32_t request_queue_complete(struct block_device *device, struct request_queue *queue)
{
    if (queue->first != NULL)
        block_activity_settle(&device->activity, block_time_stamp());
    /* done() may submit again and so append: deliver only what was there. */
    struct request_queue finished = *queue;
    queue->first = NULL;
    uint32_t count = 0;
    /* Before the first done(), which may submit. */
    for (const struct block_request *request = finished.first; request != NULL;
         request = request->next)
        device->activity.in_flight--;
    for (struct block_request *request; (request = request_queue_remove(&finished)) != NULL;) {
        request->done(request);
        count++;
    }
    return count;
}

int block_request_check(const struct block_device *device, const struct block_request *request)
{
    switch (request->operation) {
    case BLOCK_FLUSH: return 0;
    case BLOCK_READ: break;
    case BLOCK_WRITE:
        if (device->read_only)
            return -EROFS;
        break;
    default: return -ENOTSUP;
    }
    if (request->segment_count == 0 || request->segment_count > device->segments_max)
        return -EINVAL;
    uint64_t sectors = 0;
    for (uint32_t i = 0; i < request->segment_count; i++) {
        uint32_t length = request->segments[i].length_bytes;
        if (length == 0 || length % BLOCK_SECTOR_BYTES != 0)
            return -EINVAL;
        sectors += length / BLOCK_SECTOR_BYTES;
    }
    if (sectors > device->sectors || request->sector > device->sectors - sectors)
        return -EINVAL;
    return 0;
}

void *dma_take(struct dma_memory *memory, uint64_t length_bytes, uint64_t alignment,
               uint64_t *physical)
{
    uint64_t skip = -memory->physical & (alignment - 1);
    if (skip > memory->length_bytes || length_bytes > memory->length_bytes - skip)
        return NULL;
    void *address = memory->address + skip;
    if (physical != NULL)
        *physical = memory->physical + skip;
    memory->address += skip + length_bytes;
    memory->physical += skip + length_bytes;
    memory->length_bytes -= skip + length_bytes;
    return address;
}

uint64_t block_device_dma_bytes(const struct disk_description *description)
{
    uint64_t bytes = 0;
    if (description->kind == DISK_RAM)
        bytes = ram_disk_dma_bytes();
    else if (description->kind == DISK_VIRTIO)
        bytes = virtio_blk_dma_bytes();
    if (bytes > 0 && description->delay_microseconds > 0)
        bytes += delay_disk_dma_bytes();
    return bytes;
}

struct block_device *block_device_open(const struct disk_description *description,
                                       struct dma_memory *memory, uint32_t notification,
                                       uint64_t bits, uint32_t irq,
                                       void *(*physical_to_virtual)(uint64_t physical), int *error)
{
    struct driver_context context = {memory, notification, bits, irq, physical_to_virtual};
    struct block_device *device = NULL;

    *error = -ENODEV;
    if (memory->length_bytes < block_device_dma_bytes(description)) {
        *error = -ENOMEM;
        return NULL;
    }
    if (description->kind == DISK_RAM)
        device = ram_disk_open(description, &context, error);
    else if (description->kind == DISK_VIRTIO)
        device = virtio_blk_open(description, &context, error);
    if (device != NULL && description->delay_microseconds > 0)
        device = delay_disk_open(device, description->delay_microseconds, &context, error);
    return device;
}
