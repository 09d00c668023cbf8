/*
 * A disk in memory: the boot loader's module, or a piece of RAM for swap. A request is done
 * when it is submitted; its completion still waits for the next poll, so that the server sees
 * the order of events that a real device gives it.
 */
#include "driver.h"

#include <quire/abi.h>
#include <string.h>

#define RAM_DISK_QUEUE_DEPTH 256

struct ram_disk {
    struct block_device device; /* first: a device is its driver's state */
    uint8_t *bytes;
    void *(*physical_to_virtual)(uint64_t physical);
    struct request_queue finished;
    uint32_t finished_count;
};

/* Moves one segment; false if a page of it is not visible here. */
static bool transfer(struct ram_disk *disk, uint8_t *place, const struct block_segment *segment,
                     bool to_disk)
{
    uint64_t physical = segment->physical;
    uint32_t left = segment->length_bytes;
    while (left > 0) {
        /* Page by page: neighbours in physical memory need not be neighbours here. */
        uint32_t part = (uint32_t)(PAGE_SIZE - physical % PAGE_SIZE);
        if (part > left)
            part = left;
        void *memory = disk->physical_to_virtual(physical);
        if (memory == NULL)
            return false;
        if (to_disk)
            memcpy(place, memory, part);
        else
            memcpy(memory, place, part);
        place += part;
        physical += part;
        left -= part;
    }
    return true;
}

static int perform(struct ram_disk *disk, const struct block_request *request)
{
    int error = block_request_check(&disk->device, request);
    if (error != 0 || request->operation == BLOCK_FLUSH)
        return error;
    uint8_t *place = disk->bytes + request->sector * BLOCK_SECTOR_BYTES;
    for (uint32_t i = 0; i < request->segment_count; i++) {
        if (!transfer(disk, place, &request->segments[i], request->operation == BLOCK_WRITE))
            return -EFAULT;
        place += request->segments[i].length_bytes;
    }
    return 0;
}

static bool ram_disk_submit(struct block_device *device, struct block_request *request)
{
    struct ram_disk *disk = (struct ram_disk *)device;
    if (disk->finished_count == device->queue_depth)
        return false;
    request->result = perform(disk, request);
    request_queue_append(&disk->finished, request);
    disk->finished_count++;
    block_activity_begin(device);
    device->poll_at = POLL_NOW;
    return true;
}

static void ram_disk_kick(struct block_device *device)
{
    (void)device; /* submission did it all */
}

static uint32_t ram_disk_poll(struct block_device *device)
{
    struct ram_disk *disk = (struct ram_disk *)device;
    disk->finished_count = 0;
    device->poll_at = 0; /* before done(), which may submit and set it again */
    return request_queue_complete(device, &disk->finished);
}

static const struct block_device_operations ram_disk_operations = {
    .submit = ram_disk_submit, .kick = ram_disk_kick, .poll = ram_disk_poll};

uint64_t ram_disk_dma_bytes(void)
{
    return sizeof(struct ram_disk) + _Alignof(struct ram_disk);
}

struct block_device *ram_disk_open(const struct disk_description *description,
                                   const struct driver_context *context, int *error)
{
    struct ram_disk *disk =
        dma_take(context->memory, sizeof *disk, _Alignof(struct ram_disk), NULL);
    if (disk == NULL) {
        *error = -ENOMEM;
        return NULL;
    }
    if (description->ram_address == 0 || context->physical_to_virtual == NULL) {
        *error = -EINVAL;
        return NULL;
    }
    *disk = (struct ram_disk){
        .device = {.operations = &ram_disk_operations,
                   .sectors = description->ram_bytes / BLOCK_SECTOR_BYTES,
                   .segments_max = BLOCK_SEGMENTS_MAX,
                   .queue_depth = RAM_DISK_QUEUE_DEPTH},
        .bytes = (uint8_t *)(uintptr_t)description->ram_address,
        .physical_to_virtual = context->physical_to_virtual,
    };
    *error = 0;
    return &disk->device;
}
