/* The test disk; see ext2_disk.h. Physical addresses are host addresses. */
#include "ext2_disk.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

uint64_t test_random(uint64_t *state)
{
    /* xorshift64* (S. Vigna) */
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * 0x2545f4914f6cdd1dull >> 16;
}

static bool touches(const struct block_request *request, uint64_t sector)
{
    uint64_t bytes = 0;
    for (uint32_t i = 0; i < request->segment_count; i++)
        bytes += request->segments[i].length_bytes;
    return sector >= request->sector && sector - request->sector < bytes / BLOCK_SECTOR_BYTES;
}

static int perform(struct test_disk *disk, struct block_request *request)
{
    uint64_t sector = request->sector;

    if (disk->error_per_mille != 0 && test_random(&disk->random) % 1000 < disk->error_per_mille)
        return -EIO;
    if (request->operation == BLOCK_FLUSH)
        return 0;
    if (disk->fail_sector != UINT64_MAX && touches(request, disk->fail_sector))
        return -EIO;
    for (uint32_t i = 0; i < request->segment_count; i++) {
        const struct block_segment *segment = &request->segments[i];
        uint8_t *memory = (uint8_t *)(uintptr_t)segment->physical;
        uint64_t count = segment->length_bytes / BLOCK_SECTOR_BYTES;
        if (segment->length_bytes % BLOCK_SECTOR_BYTES != 0 ||
            sector + count > disk->device.sectors)
            abort(); /* the server must never ask for this */
        if (request->operation == BLOCK_READ) {
            memcpy(memory, disk->bytes + sector * BLOCK_SECTOR_BYTES, segment->length_bytes);
        } else {
            memcpy(disk->bytes + sector * BLOCK_SECTOR_BYTES, memory, segment->length_bytes);
            memset(disk->unflushed + sector, 1, count);
        }
        sector += count;
        disk->transferred_sectors += count;
    }
    return 0;
}

static void make_stable(struct test_disk *disk, uint64_t sector)
{
    memcpy(disk->stable + sector * BLOCK_SECTOR_BYTES, disk->bytes + sector * BLOCK_SECTOR_BYTES,
           BLOCK_SECTOR_BYTES);
    disk->unflushed[sector] = 0;
}

static bool submit(struct block_device *device, struct block_request *request)
{
    struct test_disk *disk = (struct test_disk *)device;
    if (disk->queued == TEST_DISK_DEPTH)
        return false;
    disk->requests++;
    /* Only what was complete before the flush came is promised to it. */
    if (request->operation == BLOCK_FLUSH) {
        for (uint64_t i = 0; i < disk->device.sectors; i++) {
            if (disk->unflushed[i])
                make_stable(disk, i);
        }
    }
    disk->queue[disk->queued++] = request;
    return true;
}

static void kick(struct block_device *device)
{
    (void)device;
}

static uint32_t poll(struct block_device *device)
{
    struct test_disk *disk = (struct test_disk *)device;
    struct block_request *finished[TEST_DISK_DEPTH];
    uint32_t count = 0;

    uint32_t wanted =
        disk->in_order ? disk->queued : (uint32_t)(test_random(&disk->random) % (disk->queued + 1));
    while (count < wanted) {
        uint32_t pick = disk->in_order ? 0 : (uint32_t)(test_random(&disk->random) % disk->queued);
        struct block_request *request = disk->queue[pick];
        memmove(&disk->queue[pick], &disk->queue[pick + 1],
                (disk->queued - pick - 1) * sizeof disk->queue[0]);
        disk->queued--;
        request->result = perform(disk, request);
        finished[count++] = request;
    }
    for (uint32_t i = 0; i < count; i++)
        finished[i]->done(finished[i]);
    return count;
}

static const struct block_device_operations operations = {submit, kick, poll};

void test_disk_open(struct test_disk *disk, const uint8_t *image, uint64_t bytes, uint64_t seed)
{
    *disk = (struct test_disk){
        .device = {.operations = &operations,
                   .sectors = bytes / BLOCK_SECTOR_BYTES,
                   .segments_max = BLOCK_SEGMENTS_MAX,
                   .queue_depth = TEST_DISK_DEPTH,
                   .has_write_cache = true},
        .random = seed * 0x9e3779b97f4a7c15ull | 1,
        .fail_sector = UINT64_MAX,
    };
    disk->bytes = malloc(bytes);
    disk->stable = malloc(bytes);
    disk->unflushed = calloc(1, disk->device.sectors);
    memcpy(disk->bytes, image, bytes);
    memcpy(disk->stable, image, bytes);
}

void test_disk_close(struct test_disk *disk)
{
    free(disk->bytes);
    free(disk->stable);
    free(disk->unflushed);
}

void test_disk_cut_power(struct test_disk *disk)
{
    for (uint64_t i = 0; i < disk->device.sectors; i++) {
        if (disk->unflushed[i] && test_random(&disk->random) % 2 == 0)
            make_stable(disk, i);
    }
    memcpy(disk->bytes, disk->stable, disk->device.sectors * BLOCK_SECTOR_BYTES);
}
