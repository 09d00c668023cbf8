/*
 * Disks: picked by what they hold, never by their number.
 *
 *      "QUIRESWP" at byte 0           swap, opened here
 *      0xEF53 at byte 1080            ext2: for the fs-server
 *      anything else                  never written, one line on the console
 *
 * To look at a disk the pager drives it itself for one read; then the device is reset, and who
 * gets it begins anew. When no disk holds a file system, the module `disk` is one in RAM.
 */
#include "disks.h"
#include "address_space.h"
#include "kernel_interface.h"
#include "memory.h"
#include "services.h"
#include "shutdown.h"
#include "wired_map.h"

#include <quire/block_device.h>
#include <quire/errno.h>
#include <quire/pci.h>
#include <string.h>

#define EXT2_MAGIC_OFFSET 1080
#define EXT2_MAGIC 0xef53
#define SWAP_SIGNATURE "QUIRESWP"
#define SWAP_VERSION 1
#define RAM_DISK_MODULE "disk"
#define ANSWER_NANOSECONDS (5ull * 1000000000)
/* The device status register of virtio's common configuration (virtio 1.2, 4.1.4.3). */
#define VIRTIO_COMMON_STATUS 20

/* The first page of a swap disk; the image tool writes it. */
struct swap_header {
    char signature[8];
    uint32_t version, page_bytes;
    uint64_t pages; /* this one included */
};

enum contents { CONTENTS_UNKNOWN, CONTENTS_SWAP, CONTENTS_EXT2 };

/* A disk under examination. */
struct disk {
    uint32_t number;
    struct disk_description physical; /* BARs as the bus has them */
    struct disk_description here;     /* BARs as mapped in the pager */
    uint32_t irq;
    uint64_t memory, memory_frames;
    struct block_device *device;
};

static struct {
    struct server *fs;
    uint32_t count;
    bool has_swap, has_file_system;
} boot;

static struct block_device *open_disk(struct disk *disk, uint32_t delay_microseconds, int *error)
{
    disk->here.delay_microseconds = delay_microseconds;
    uint64_t frames = (block_device_dma_bytes(&disk->here) + PAGE_SIZE - 1) >> PAGE_SHIFT;
    disk->memory = frames_allocate_wired(frames, PAGE_SIZE);
    disk->memory_frames = frames;
    if (disk->memory == 0) {
        *error = -ENOMEM;
        return NULL;
    }
    struct dma_memory memory = {window(disk->memory), disk->memory, frames << PAGE_SHIFT};
    return block_device_open(&disk->here, &memory, pager_notification, PAGER_BIT_DISK, disk->irq,
                             NULL, error);
}

/* The device forgets all memory that it was told of; then the memory can have other uses. */
static void close_disk(struct disk *disk)
{
    volatile uint8_t *status =
        (volatile uint8_t *)(uintptr_t)(disk->here.bar_address[disk->here.common.bar] +
                                        disk->here.common.offset + VIRTIO_COMMON_STATUS);
    *status = 0;
    uint64_t give_up_at = clock_now() + ANSWER_NANOSECONDS;
    while (*status != 0)
        if (clock_now() > give_up_at)
            return; /* it may still write there: the memory stays its own */
    if (disk->memory != 0)
        frames_free_wired(disk->memory, disk->memory_frames);
    disk->memory = 0;
}

/* ---------------------------------------------------------------- the one read */

static void read_done(struct block_request *request)
{
    *(bool *)request->context = true;
}

/* The first page of the disk. The pager has nothing else to do yet, so it waits here. */
static int32_t read_first_page(struct block_device *device, uint64_t frame)
{
    bool done = false;
    struct block_segment segment = {frame, PAGE_SIZE};
    struct block_request request = {.operation = BLOCK_READ,
                                    .segment_count = 1,
                                    .segments = &segment,
                                    .done = read_done,
                                    .context = &done};
    if (device->sectors < PAGE_SIZE / BLOCK_SECTOR_BYTES ||
        !device->operations->submit(device, &request))
        return -ENXIO;
    device->operations->kick(device);
    uint64_t give_up_at = clock_now() + ANSWER_NANOSECONDS;
    while (device->operations->poll(device) == 0 || !done) {
        if (clock_now() >= give_up_at)
            return -ETIMEDOUT;
        sys_clock_arm(pager_notification, PAGER_BIT_TIMER, give_up_at);
        struct message message = {0};
        sys_wait(0, &message);
    }
    sys_clock_arm(pager_notification, PAGER_BIT_TIMER, 0);
    return request.result;
}

static enum contents classify(const uint8_t *page)
{
    uint16_t magic;
    memcpy(&magic, page + EXT2_MAGIC_OFFSET, sizeof magic);
    if (memcmp(page, SWAP_SIGNATURE, sizeof SWAP_SIGNATURE - 1) == 0)
        return CONTENTS_SWAP;
    return magic == EXT2_MAGIC ? CONTENTS_EXT2 : CONTENTS_UNKNOWN;
}

/* ---------------------------------------------------------------- what becomes of it */

static bool use_for_swap(struct disk *disk, const struct swap_header *header)
{
    uint64_t disk_pages = disk->device->sectors / (PAGE_SIZE / BLOCK_SECTOR_BYTES);
    if (header->version != SWAP_VERSION || header->page_bytes != PAGE_SIZE || header->pages < 2 ||
        header->pages > disk_pages || disk->device->read_only) {
        console_message("disk %u: its swap signature does not fit the disk, or it is read-only: "
                        "not used",
                        disk->number);
        return false;
    }
    uint64_t pages = header->pages;
    int error = 0;
    close_disk(disk);
    disk->device = open_disk(disk, (uint32_t)option_number("swap-delay", 0), &error);
    if (disk->device == NULL) {
        console_message("disk %u: cannot be opened for swap (%d)", disk->number, error);
        return false;
    }
    swap_boot(disk->device, 0, pages);
    return true;
}

static void give_to_fs_server(struct disk *disk)
{
    close_disk(disk);
    struct disk_description *description = &boot.fs->start->disk;
    *description = disk->physical;
    description->delay_microseconds = (uint32_t)option_number("disk-delay", 0);
    for (unsigned i = 0; i < PCI_BARS; i++)
        if (description->bar_address[i] != 0)
            description->bar_address[i] =
                server_map_device(boot.fs, description->bar_address[i], description->bar_bytes[i]);
    server_give(boot.fs, disk->irq, SERVER_HANDLE_IRQ, RIGHT_ALL);
}

static void use(struct disk *disk, const uint8_t *page)
{
    switch (classify(page)) {
    case CONTENTS_SWAP:
        if (boot.has_swap)
            console_message("disk %u: a second swap disk, not used", disk->number);
        else if (use_for_swap(disk, (const struct swap_header *)(const void *)page)) {
            boot.has_swap = true;
            return;
        }
        break;
    case CONTENTS_EXT2:
        if (!boot.has_file_system) {
            boot.has_file_system = true;
            give_to_fs_server(disk);
            return;
        }
        console_message("disk %u: a second file system, not used", disk->number);
        break;
    case CONTENTS_UNKNOWN:
        console_message("disk %u: neither ext2 nor swap, left alone", disk->number);
        break;
    }
    close_disk(disk);
}

static bool map_bars(struct disk *disk)
{
    disk->here = disk->physical;
    for (unsigned i = 0; i < PCI_BARS; i++) {
        if (disk->physical.bar_address[i] == 0)
            continue;
        void *here = device_map(disk->physical.bar_address[i], disk->physical.bar_bytes[i],
                                PAGE_WRITE | PAGE_UNCACHED);
        if (here == NULL)
            return false;
        disk->here.bar_address[i] = (uintptr_t)here;
    }
    return true;
}

static void examine(struct disk *disk)
{
    int error = -EFAULT;
    uint64_t frame = frames_allocate_wired(1, PAGE_SIZE);
    disk->irq = small_object_create(OBJECT_IRQ, BOOT_HANDLE_IRQ, IRQ_MSI);
    if (frame == 0 || disk->irq == 0)
        system_fail("no memory to look at disk %u", disk->number);
    if (map_bars(disk))
        disk->device = open_disk(disk, 0, &error);
    if (disk->device != NULL)
        error = read_first_page(disk->device, frame);
    if (disk->device == NULL || error < 0) {
        console_message("disk %u: does not work (%d)", disk->number, error);
        /* The frame may still be the device's: it is not used again. */
        return;
    }
    use(disk, window(frame));
    frames_free_wired(frame, 1);
}

static bool found(void *context, const struct pci_function *function)
{
    (void)context;
    struct disk disk = {.number = boot.count};
    enum pci_status status = pci_describe_virtio_disk(function, &disk.physical);
    if (status == PCI_NOT_VIRTIO_BLK)
        return true;
    boot.count++;
    if (status != PCI_OK)
        console_message("disk %u: %s", disk.number, pci_status_text(status));
    else
        examine(&disk);
    return true;
}

static void use_ram_disk(const struct boot_module *module)
{
    struct disk_description *description = &boot.fs->start->disk;
    description->kind = DISK_RAM;
    description->delay_microseconds = (uint32_t)option_number("disk-delay", 0);
    description->ram_address = RAM_WINDOW + module->start;
    description->ram_bytes = module->length_bytes & ~(uint64_t)(BLOCK_SECTOR_BYTES - 1);
    if (window_share(boot.fs->space->task) < 0)
        system_fail("no memory to show the RAM disk to the fs-server");
}

void disks_boot(const struct boot_information *information, struct server *fs)
{
    boot.fs = fs;
    pci_enumerate(BOOT_HANDLE_PORTS, found, NULL);
    if (!boot.has_file_system) {
        const struct boot_module *module = module_find(information, RAM_DISK_MODULE);
        if (module != NULL)
            use_ram_disk(module);
        else
            console_message("no disk holds a file system");
    }
    if (!boot.has_swap) {
        struct system_statistics statistics = {0};
        system_statistics_fill(&statistics);
        uint64_t quarter = statistics.frames_total / 4 * PAGE_SIZE;
        swap_boot_ram(option_number("ramswap", quarter), (uint32_t)option_number("swap-delay", 0));
    }
}
