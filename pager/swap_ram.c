/*
 * Swap without a disk: a RAM disk in wired frames, through the same driver interface.
 */
#include "memory.h"
#include "services.h"

#include <quire/block_device.h>
#include <quire/server_start.h>

static void *frame_address(uint64_t physical)
{
    return window(physical);
}

void swap_boot_ram(uint64_t bytes, uint32_t delay_microseconds)
{
    uint64_t pages = bytes >> PAGE_SHIFT;
    if (pages < 2)
        return;
    uint64_t physical = frames_allocate_wired(pages, PAGE_SIZE);
    struct disk_description description = {
        .kind = DISK_RAM,
        .delay_microseconds = delay_microseconds,
        .ram_address = (uint64_t)(uintptr_t)window(physical),
        .ram_bytes = pages << PAGE_SHIFT,
    };
    uint64_t own_bytes = block_device_dma_bytes(&description);
    uint64_t own_pages = (own_bytes + PAGE_SIZE - 1) >> PAGE_SHIFT;
    uint64_t own = physical != 0 ? frames_allocate_wired(own_pages, PAGE_SIZE) : 0;
    if (own == 0) {
        if (physical != 0)
            frames_free_wired(physical, pages);
        console_message("no memory for %lu KiB of swap in RAM", (unsigned long)(bytes >> 10));
        return;
    }
    struct dma_memory memory = {window(own), own, own_pages << PAGE_SHIFT};
    int error = 0;
    struct block_device *device =
        block_device_open(&description, &memory, 0, 0, 0, frame_address, &error);
    if (device == NULL) {
        frames_free_wired(own, own_pages);
        frames_free_wired(physical, pages);
        console_message("swap in RAM does not work (%d)", error);
        return;
    }
    swap_boot(device, 0, pages);
}
