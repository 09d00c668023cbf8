/*
 * The pager's beginning: from what the kernel left to the event loop.
 *
 *      frames --> kernel objects --> console --> fs-server, disks --> init --> event loop
 *
 * The order is that of need: the console comes before anything that may have something to
 * say, the fs-server's space before the disks that are given to it.
 */
#include "address_space.h"
#include "console.h"
#include "containment.h"
#include "disks.h"
#include "dispatch.h"
#include "fs_client.h"
#include "kernel_interface.h"
#include "memory.h"
#include "option.h"
#include "policy_task.h"
#include "server_loader.h"
#include "services.h"
#include "shutdown.h"
#include "statistics.h"
#include "trace.h"
#include "wired_map.h"

#include <assert.h>
#include <quire/server.h>

#define MEBIBYTE (1ull << 20)
#define CONSOLE_HEAP_BYTES MEBIBYTE
#define FS_HEAP_MIN (2 * MEBIBYTE)
#define FS_HEAP_MAX (64 * MEBIBYTE)
#define INIT_HEAP_MIN MEBIBYTE
#define INIT_HEAP_MAX (32 * MEBIBYTE)

#define GSI_SERIAL 4
#define GSI_KEYBOARD 1
/* From the keyboard's 0x60 to COM1's 0x3ff, with VGA's ports between. */
#define CONSOLE_PORT_FIRST 0x60
#define CONSOLE_PORT_COUNT (0x400 - CONSOLE_PORT_FIRST)

/* A fraction of the memory, within bounds; or what the option says. */
static uint64_t heap_bytes(const char *option, uint64_t part, uint64_t least, uint64_t most)
{
    struct system_statistics statistics = {0};
    system_statistics_fill(&statistics);
    uint64_t bytes = statistics.frames_total * PAGE_SIZE / part;
    bytes = bytes < least ? least : bytes > most ? most : bytes;
    return option_number(option, bytes) & PAGE_MASK;
}

static void create_own_objects(void)
{
    pager_notification = small_object_create(OBJECT_NOTIFICATION, 0, 0);
    pager_endpoint = small_object_create(OBJECT_ENDPOINT, 0, 0);
    if (pager_notification == 0 || pager_endpoint == 0)
        server_panic("pager: no memory for its endpoint and notification");
    int64_t status =
        sys_thread(BOOT_HANDLE_THREAD, THREAD_BIND_NOTIFICATION, pager_notification, 0);
    assert(status == KERNEL_OK);
}

static void start_console(const struct boot_information *information)
{
    static const struct server_plan plan = {
        .name = "console",
        .priority = PRIORITY_CONSOLE,
        .heap_bytes = CONSOLE_HEAP_BYTES,
        .ring_bytes = CONSOLE_AREA_BYTES,
    };
    server_prepare(&console_server, &plan, information);
    console_boot(console_server.ring, console_server.notification);

    uint32_t ports = small_object_create(OBJECT_PORTS, BOOT_HANDLE_PORTS,
                                         CONSOLE_PORT_FIRST | (uint64_t)CONSOLE_PORT_COUNT << 16);
    uint32_t serial = small_object_create(OBJECT_IRQ, BOOT_HANDLE_IRQ, GSI_SERIAL);
    uint32_t keyboard = small_object_create(OBJECT_IRQ, BOOT_HANDLE_IRQ, GSI_KEYBOARD);
    if (ports == 0)
        system_fail("no I/O ports for the console");
    server_give(&console_server, ports, SERVER_HANDLE_PORTS, RIGHT_ALL);
    /* A machine without such a line has no such device: the console does without. */
    if (serial != 0)
        server_give(&console_server, serial, SERVER_HANDLE_IRQ, RIGHT_ALL);
    if (keyboard != 0)
        server_give(&console_server, keyboard, SERVER_HANDLE_IRQ + 1, RIGHT_ALL);

    struct boot_framebuffer framebuffer = information->framebuffer;
    if (framebuffer.address != 0) {
        uint64_t bytes = (uint64_t)framebuffer.pitch_bytes * framebuffer.height;
        framebuffer.address = server_map_device(&console_server, framebuffer.address, bytes);
    }
    console_server.start->framebuffer = framebuffer;
    server_run(&console_server);
}

static void start_fs_server(const struct boot_information *information)
{
    const struct server_plan plan = {
        .name = "fs-server",
        .priority = PRIORITY_FS_SERVER,
        .heap_bytes = heap_bytes("fs-heap", 32, FS_HEAP_MIN, FS_HEAP_MAX),
        .ring_bytes = FS_AREA_BYTES,
    };
    server_prepare(&fs_server, &plan, information);
    fs_client_boot(fs_server.ring, fs_server.notification);
    disks_boot(information, &fs_server);
    server_run(&fs_server);
}

static void start_init(const struct boot_information *information)
{
    const struct server_plan plan = {
        .name = "init",
        .priority = PRIORITY_INIT,
        .heap_bytes = heap_bytes("init-heap", 64, INIT_HEAP_MIN, INIT_HEAP_MAX),
        .is_init = true,
    };
    server_prepare(&init_server, &plan, information);
    if (descriptors_create(init_server.space) < 0)
        system_fail("no memory for the descriptors of init");
    server_run(&init_server);
}

void server_main(const struct server_start *start)
{
    const struct boot_information *information = (const void *)start;
    assert(information->magic == BOOT_INFORMATION_MAGIC &&
           information->abi_version == QUIRE_ABI_VERSION);
    bool whole = options_parse((const char *)information + information->command_line_offset);
    memory_boot(information);
    create_own_objects();
    watchdog_boot();
    trace_output_boot();
    policy_task_boot(information);
    power_off_boot(information->acpi_rsdp);
    if (!statistics_boot())
        server_panic("pager: no memory for the statistics page");

    start_console(information);
    if (!whole)
        console_message("the kernel command line is longer than %d bytes: the rest is ignored",
                        COMMAND_LINE_BYTES - 1);
    options_warn();
    start_fs_server(information);
    start_init(information);
    /* Last: a thread may not raise another above itself. */
    sys_thread(BOOT_HANDLE_THREAD, THREAD_SET_PRIORITY, PRIORITY_PAGER, 0);
    event_loop_run();
}
