/*
 * Starting the servers console, fs-server and init from boot modules, in wired memory.
 *
 *      0x0000000000400000  text, constants, data      from the module
 *      0x0000200000000000  heap                       contiguous, zeroed
 *      0x0000210000000000  rings                      shared with the pager
 *      0x0000220000000000  device memory              uncached
 *      0x0000600000000000  RAM window                 only for a RAM-disk driver
 *      0x0000700000000000  struct server_start        read-only
 *      0x00007000fffff000  stack, downward            an unmapped page below it
 *
 * All this happens at boot, before there is anything else to do: what is missing then will not
 * come later, so failures end the system with a message that names the module.
 */
#include "server_loader.h"
#include "address_space.h"
#include "kernel_interface.h"
#include "memory.h"
#include "option.h"
#include "services.h"
#include "shutdown.h"
#include "wired_map.h"

#include <quire/elf.h>
#include <quire/errno.h>
#include <string.h>

#define SERVER_HEAP_ADDRESS 0x0000200000000000ull
#define SERVER_RING_ADDRESS 0x0000210000000000ull
#define SERVER_DEVICE_ADDRESS 0x0000220000000000ull
#define SERVER_STACK_TOP BOOT_STACK_TOP
#define SERVER_STACK_BYTES (64ull << 10)
#define SERVER_ADDRESS_MIN 0x10000ull
#define SERVER_IMAGE_LIMIT 0x100000000ull

static struct elf_image image;
static struct elf_page_range ranges[ELF_PAGES_MAX];

const struct boot_module *module_find(const struct boot_information *information, const char *name)
{
    const uint8_t *base = (const uint8_t *)information;
    const struct boot_module *modules = (const void *)(base + information->modules_offset);
    size_t length = strlen(name);
    for (uint32_t i = 0; i < information->module_count; i++) {
        /* The first word of the module's line in grub.cfg. */
        const char *text = (const char *)base + modules[i].name_offset;
        if (strncmp(text, name, length) == 0 && (text[length] == '\0' || text[length] == ' '))
            return &modules[i];
    }
    return NULL;
}

static uint64_t page_rights(uint32_t rights)
{
    return (rights & ELF_WRITE ? PAGE_WRITE : 0) | (rights & ELF_EXECUTE ? PAGE_EXECUTE : 0);
}

/* Wired, zeroed memory of the server at `address`. Returns its physical address. */
static uint64_t add_memory(struct server *server, uint64_t address, uint64_t bytes, uint32_t rights)
{
    uint64_t length = (bytes + PAGE_SIZE - 1) & PAGE_MASK;
    uint64_t physical = frames_allocate_wired(length >> PAGE_SHIFT, PAGE_SIZE);
    if (physical == 0)
        system_fail("no %lu KiB of memory for the server %s", (unsigned long)(length >> 10),
                    server->name);
    if (!wired_map(server->space->task, address, physical, length, page_rights(rights)) ||
        region_map_wired(server->space, address, length, physical, rights) < 0)
        system_fail("no memory for the page tables of the server %s", server->name);
    return physical;
}

/* ---------------------------------------------------------------- the image */

/* The bytes of a segment that lie in the range, into the range's memory. */
static void copy_segment(const struct elf_segment *segment, const struct elf_page_range *range,
                         const uint8_t *file, uint8_t *memory)
{
    uint64_t start = segment->address, end = segment->address + segment->file_bytes;
    if (start < range->address)
        start = range->address;
    if (end > range->address + range->length_bytes)
        end = range->address + range->length_bytes;
    if (start < end)
        memcpy(memory + (start - range->address),
               file + segment->file_offset + (start - segment->address), end - start);
}

static void load_image(struct server *server, const struct boot_module *module)
{
    const uint8_t *file = window(module->start);
    enum elf_error error = elf_parse(file, module->length_bytes, module->length_bytes,
                                     SERVER_ADDRESS_MIN, SERVER_IMAGE_LIMIT, &image);
    if (error != ELF_OK)
        system_fail("the boot module '%s' cannot be loaded: %s", server->name,
                    elf_error_text(error));
    uint32_t count = elf_pages(&image, ranges);
    for (uint32_t i = 0; i < count; i++) {
        uint64_t physical =
            add_memory(server, ranges[i].address, ranges[i].length_bytes, ranges[i].rights);
        for (uint32_t j = 0; j < image.segment_count; j++)
            copy_segment(&image.segments[j], &ranges[i], file, window(physical));
    }
    frames_free_wired(module->start & PAGE_MASK,
                      ((module->start & ~PAGE_MASK) + module->length_bytes + PAGE_SIZE - 1) >>
                          PAGE_SHIFT);
}

/* ---------------------------------------------------------------- the rest of it */

static void add_start_page(struct server *server, const struct server_plan *plan,
                           const struct boot_information *information)
{
    uint64_t physical =
        add_memory(server, SERVER_START_ADDRESS, sizeof(struct server_start), ELF_READ);
    struct server_start *start = window(physical);
    server->start = start;
    start->magic = SERVER_START_MAGIC;
    start->heap_address = SERVER_HEAP_ADDRESS;
    start->heap_bytes = plan->heap_bytes;
    start->heap_physical =
        add_memory(server, SERVER_HEAP_ADDRESS, plan->heap_bytes, ELF_READ | ELF_WRITE);
    if (plan->ring_bytes != 0) {
        uint64_t ring =
            add_memory(server, SERVER_RING_ADDRESS, plan->ring_bytes, ELF_READ | ELF_WRITE);
        server->ring = window(ring);
        start->ring_address = SERVER_RING_ADDRESS;
        start->ring_bytes = plan->ring_bytes;
    }
    start->tsc_hertz = information->tsc_hertz;
    start->physical_limit = information->physical_limit;
    strlcpy(start->command_line, options_command_line(), sizeof start->command_line);
}

static void check(const struct server *server, int64_t status, const char *what)
{
    if (status < 0)
        system_fail("cannot give the server %s its %s (%ld)", server->name, what, (long)status);
}

void server_give(struct server *server, uint32_t handle, uint32_t index, uint32_t rights)
{
    check(server, sys_handle_copy(handle, server->space->task, rights, 0, index), "handles");
}

static void add_handles(struct server *server, const struct server_plan *plan)
{
    struct address_space *space = server->space;
    server->notification = small_object_create(OBJECT_NOTIFICATION, 0, 0);
    if (server->notification == 0)
        system_fail("no memory for the notification of the server %s", server->name);
    check(server, sys_thread(space->thread, THREAD_BIND_NOTIFICATION, server->notification, 0),
          "notification");
    server_give(server, space->thread, SERVER_HANDLE_THREAD, RIGHT_ALL);
    server_give(server, server->notification, SERVER_HANDLE_NOTIFICATION, RIGHT_ALL);
    server_give(server, space->task, SERVER_HANDLE_TASK, RIGHT_ALL);
    if (plan->is_init) {
        uint32_t endpoint = small_object_create(OBJECT_ENDPOINT, 0, 0);
        if (endpoint == 0)
            system_fail("no memory for the endpoint of the server %s", server->name);
        server_give(server, endpoint, SERVER_HANDLE_ENDPOINT, RIGHT_ALL);
    } else {
        /* Calls go down: console and fs-server have nobody to call. */
        sys_handle_close_in(space->task, SERVER_HANDLE_PAGER);
        server_give(server, pager_notification, SERVER_HANDLE_PEER, RIGHT_SEND);
    }
}

void server_prepare(struct server *server, const struct server_plan *plan,
                    const struct boot_information *information)
{
    server->name = plan->name;
    const struct boot_module *module = module_find(information, plan->name);
    if (module == NULL)
        system_fail("the boot module '%s' is missing", plan->name);
    int32_t error = 0;
    server->space = address_space_create(group_by_id(0), &error);
    if (server->space == NULL)
        system_fail("no memory for the server %s", plan->name);
    server->space->wired = true;
    server->space->is_init = plan->is_init;

    load_image(server, module);
    add_memory(server, SERVER_STACK_TOP - SERVER_STACK_BYTES, SERVER_STACK_BYTES,
               ELF_READ | ELF_WRITE);
    add_start_page(server, plan, information);
    add_handles(server, plan);
    struct thread_registers registers = {.rip = image.entry, .rsp = SERVER_STACK_TOP};
    check(server, sys_thread_set_registers(server->space->thread, &registers), "registers");
    check(server, sys_thread(server->space->thread, THREAD_SET_PRIORITY, plan->priority, 0),
          "priority");
}

uint64_t server_map_device(struct server *server, uint64_t physical, uint64_t length_bytes)
{
    static uint64_t next = SERVER_DEVICE_ADDRESS;
    uint64_t first = physical & PAGE_MASK;
    uint64_t length = (physical - first + length_bytes + PAGE_SIZE - 1) & PAGE_MASK;
    uint64_t address = next;
    next += length;
    if (!wired_map(server->space->task, address, first, length, PAGE_WRITE | PAGE_UNCACHED))
        system_fail("cannot map the device memory at %#lx for the server %s",
                    (unsigned long)physical, server->name);
    return address + physical - first;
}

void server_run(struct server *server)
{
    check(server, sys_thread_start(server->space->thread), "processor");
}
