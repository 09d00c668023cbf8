/*
 * What the kernel tells the first task, the pager, at boot. The kernel maps this
 * structure read-only at BOOT_INFORMATION_ADDRESS; offsets in it count from its start.
 */
#pragma once

#include <stdint.h>

#define BOOT_INFORMATION_ADDRESS 0x0000700000000000ull
#define BOOT_INFORMATION_MAGIC 0x4552495551544f42ull
/* The kernel starts the pager with this stack, wired, with an unmapped page below it. */
#define BOOT_STACK_TOP 0x0000700100000000ull
#define BOOT_STACK_BYTES (64ull << 10)

/* Handles that the pager finds in its table. */
enum boot_handle {
    BOOT_HANDLE_TASK = 1,   /* its own task, all rights */
    BOOT_HANDLE_THREAD = 2, /* its own thread */
    BOOT_HANDLE_MEMORY = 3, /* the memory authority */
    BOOT_HANDLE_PORTS = 4,  /* all I/O ports */
    BOOT_HANDLE_IRQ = 5,    /* may create IRQ objects */
    BOOT_HANDLE_FIRST_FREE = 16,
};

enum boot_range_kind {
    BOOT_RANGE_FREE = 1,   /* free frames, the authority's */
    BOOT_RANGE_MODULE = 2, /* holds module `module`; frames are the authority's too */
    BOOT_RANGE_WIRED = 3,  /* the pager's own text, data, stack and page tables */
};

struct boot_range {
    uint64_t start; /* physical, page aligned */
    uint64_t length_bytes;
    uint32_t kind;
    uint32_t module; /* index, BOOT_RANGE_MODULE only */
};

struct boot_module {
    uint64_t start; /* physical, page aligned */
    uint64_t length_bytes;
    uint32_t name_offset; /* the module's string in grub.cfg, NUL terminated */
    uint32_t reserved;
};

struct boot_framebuffer {
    uint64_t address; /* 0: none */
    uint32_t pitch_bytes, width, height;
    uint8_t bits_per_pixel;
    uint8_t type; /* multiboot2: 1 RGB, 2 EGA text */
    uint8_t red_position, green_position, blue_position;
    uint8_t reserved[3];
};

struct boot_information {
    uint64_t magic;
    uint32_t length_bytes;
    uint32_t abi_version;
    uint64_t physical_limit; /* first physical address above all RAM */
    uint64_t tsc_hertz;
    uint64_t boot_nanoseconds; /* CLOCK_READ when the pager starts */
    uint64_t acpi_rsdp;        /* physical; 0: none */
    uint64_t page_table_root;  /* physical address of the pager's own root table */
    uint32_t command_line_offset;
    uint32_t ranges_offset, range_count;
    uint32_t modules_offset, module_count;
    uint32_t cpu_features; /* BOOT_CPU_* */
    struct boot_framebuffer framebuffer;
    uint64_t kernel_bytes; /* RAM that the kernel keeps: image, frame table, window tables */
};

#define BOOT_CPU_PROTECTION_KEYS 1u
#define BOOT_CPU_PCID 2u
#define BOOT_CPU_RANDOM 4u
