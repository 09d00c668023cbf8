/*
 * fs-server in the system: the disk, the heap and the rings that the pager gave it, and the
 * wait for notifications. It has no endpoint: everything comes through the rings.
 */
#include "server.h"

#include <quire/server.h>
#include <quire/server_start.h>
#include <quire/system_call.h>

/* Where the pager maps all RAM for a RAM disk, which has no DMA but memcpy. */
#define RAM_WINDOW 0x0000600000000000ull

static struct fs_server server;
static uint64_t physical_limit;

static void *physical_to_virtual(uint64_t physical)
{
    return physical < physical_limit ? (void *)(uintptr_t)(RAM_WINDOW + physical) : NULL;
}

static uint64_t clock_nanoseconds(void)
{
    return sys_clock_read();
}

/* The driver's queues come from the end of the heap, the file system gets the rest. */
static struct block_device *open_disk(const struct server_start *start,
                                      struct file_system_environment *environment)
{
    const struct disk_description *disk = &start->disk;
    if (disk->kind == DISK_NONE) {
        environment->device_error = -ENODEV;
        return NULL;
    }
    uint64_t dma_bytes = (block_device_dma_bytes(disk) + PAGE_SIZE - 1) & PAGE_MASK;
    if (dma_bytes >= environment->heap_bytes) {
        environment->device_error = -ENOMEM;
        return NULL;
    }
    environment->heap_bytes -= dma_bytes;
    struct dma_memory memory = {.address = environment->heap + environment->heap_bytes,
                                .physical = environment->heap_physical + environment->heap_bytes,
                                .length_bytes = dma_bytes};
    return block_device_open(disk, &memory, SERVER_HANDLE_NOTIFICATION, SERVER_BIT_IRQ,
                             disk->kind == DISK_RAM ? 0 : SERVER_HANDLE_IRQ, physical_to_virtual,
                             &environment->device_error);
}

void server_main(const struct server_start *start)
{
    struct file_system_environment environment = {
        .heap = (uint8_t *)(uintptr_t)start->heap_address,
        .heap_physical = start->heap_physical,
        .heap_bytes = start->heap_bytes & PAGE_MASK,
        .clock = clock_nanoseconds,
    };
    physical_limit = start->physical_limit;
    environment.device = open_disk(start, &environment);
    if (start->ring_bytes < FS_AREA_BYTES ||
        !fs_server_start(&server, &environment, (uint8_t *)(uintptr_t)start->ring_address))
        server_panic("fs-server: bad rings, or a heap of only %llu bytes",
                     (unsigned long long)start->heap_bytes);

    uint64_t armed = 0;
    for (;;) {
        if (fs_server_run(&server))
            sys_notify(SERVER_HANDLE_PEER, PAGER_BIT_FS);
        uint64_t deadline = fs_server_deadline(&server);
        if (deadline != 0 && deadline != armed)
            sys_clock_arm(SERVER_HANDLE_NOTIFICATION, SERVER_BIT_TIMER, deadline);
        if (!fs_server_may_sleep(&server))
            continue;
        struct message message = {0};
        sys_wait(0, &message);
        /* A timer that fired is to be armed again, even for the same time. */
        armed = message.words[0] & SERVER_BIT_TIMER ? 0 : deadline;
    }
}
