/*
 * What the pager gives a server (console, fs-server, init) at its start: mapped read-only
 * at SERVER_START_ADDRESS. All memory named here is wired. Servers are linked at
 * 0x400000 like programs and start on a wired stack.
 */
#pragma once

#include <quire/boot_information.h>
#include <stdint.h>

#define SERVER_START_ADDRESS 0x0000700000000000ull
#define SERVER_START_MAGIC 0x5452415453565253ull

enum server_handle {
    SERVER_HANDLE_PAGER = 1,        /* init only: the pager's endpoint, badged; as in programs */
    SERVER_HANDLE_ENDPOINT = 2,     /* init: the endpoint it receives on, all rights */
    SERVER_HANDLE_THREAD = 3,       /* own first thread */
    SERVER_HANDLE_NOTIFICATION = 4, /* own notification, bound to the first thread, all rights */
    SERVER_HANDLE_PEER = 5,         /* fs-server, console: the pager's notification, send */
    SERVER_HANDLE_PORTS = 6,        /* console: COM1, keyboard and VGA ports */
    SERVER_HANDLE_IRQ = 7,   /* first of the IRQ objects: fs-server's disk, one a queue vector;
                                       console: COM1, keyboard */
    SERVER_HANDLE_TASK = 12, /* own task */
    SERVER_HANDLE_FIRST_FREE = 16,
};

/* Bits that peers raise in a server's notification. */
#define SERVER_BIT_RING (1ull << 0) /* the pager's ring has entries */
#define SERVER_BIT_IRQ (1ull << 1)  /* first IRQ; further ones at the next bits */
#define SERVER_BIT_TIMER (1ull << 16)

/* Bits raised in the pager's notification. */
#define PAGER_BIT_FS (1ull << 0)
#define PAGER_BIT_CONSOLE (1ull << 1)
#define PAGER_BIT_DISK (1ull << 2)  /* its swap disk */
#define PAGER_BIT_TRACE (1ull << 3) /* the second serial port */
#define PAGER_BIT_TIMER (1ull << 16)

enum disk_kind { DISK_NONE = 0, DISK_RAM = 1, DISK_VIRTIO = 2 };

/* How a driver reaches its disk. PCI configuration was done by the pager. */
struct disk_description {
    uint32_t kind;               /* enum disk_kind */
    uint32_t delay_microseconds; /* artificial latency a request, for tests; 0: none */
    uint64_t ram_address;        /* DISK_RAM: where it is mapped, writable */
    uint64_t ram_bytes;
    uint64_t bar_address[6]; /* DISK_VIRTIO: mapped BARs (0: none), uncached */
    uint64_t bar_bytes[6];
    struct {
        uint8_t bar;
        uint32_t offset, length;
    } common, notify, isr, device;
    uint32_t notify_multiplier;
    uint8_t msix_bar;
    uint8_t reserved[3];
    uint32_t msix_offset, msix_entries;
};

struct server_start {
    uint64_t magic;
    /* Memory for the server's own use: contiguous in both address spaces, zeroed. */
    uint64_t heap_address, heap_bytes, heap_physical;
    uint64_t ring_address; /* shared with the pager: fs or console rings, see *_protocol.h */
    uint64_t ring_bytes;
    struct disk_description disk;        /* fs-server */
    struct boot_framebuffer framebuffer; /* console: address is virtual here; 0: none */
    uint64_t tsc_hertz;
    uint64_t physical_limit;
    char command_line[1024]; /* the kernel command line */
};

/* fs-server: offsets in the ring area. */
#define FS_AREA_SUBMISSION 0
#define FS_AREA_COUNTERS (60u << 10) /* struct fs_counters */
#define FS_AREA_COMPLETION (64u << 10)
#define FS_AREA_NAMES (128u << 10)
#define FS_AREA_BYTES (FS_AREA_NAMES + (64u * 4096))

/* console: two byte streams. Output records: uint32_t length, then bytes, padded to 4. */
#define CONSOLE_AREA_OUTPUT 0          /* struct byte_ring, pager to console */
#define CONSOLE_AREA_INPUT (64u << 10) /* struct byte_ring, console to pager */
#define CONSOLE_AREA_BYTES (80u << 10)
#define CONSOLE_OUTPUT_BYTES (32u << 10) /* capacities of the byte rings */
#define CONSOLE_INPUT_BYTES (8u << 10)
