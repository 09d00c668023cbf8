/*
 * A disk for tests: an image in memory, asynchronous, with completions in random order,
 * injected errors, and a write cache that a power cut empties at random.
 */
#pragma once

#include <quire/block_device.h>
#include <stddef.h>
#include <stdint.h>

#define TEST_DISK_DEPTH 24u

struct test_disk {
    struct block_device device; /* first */
    uint8_t *bytes;             /* what reads see */
    uint8_t *stable;            /* what survives a power cut */
    uint8_t *unflushed;         /* a flag a sector */
    struct block_request *queue[TEST_DISK_DEPTH];
    uint32_t queued;
    uint64_t random;
    uint32_t error_per_mille; /* of the requests */
    uint64_t fail_sector;     /* requests that touch it always fail; UINT64_MAX: none */
    bool in_order;            /* every poll completes everything, as it came */
    uint64_t requests, transferred_sectors;
};

void test_disk_open(struct test_disk *disk, const uint8_t *image, uint64_t bytes, uint64_t seed);
void test_disk_close(struct test_disk *disk);
/* What the disk holds after a power cut now: some of the unflushed sectors are lost. */
void test_disk_cut_power(struct test_disk *disk);
uint64_t test_random(uint64_t *state);
