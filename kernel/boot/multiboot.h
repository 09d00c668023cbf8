/*
 * What the boot loader handed over: the multiboot2 information (specification 2.0, chapter
 * 3.6), a list of tags in memory below 4 GiB. It is read in place, so the number of modules
 * and of memory ranges has no limit here.
 */
#pragma once

#include <quire/boot_information.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct physical_range {
    uint64_t start, end;
};

enum memory_type {
    MEMORY_AVAILABLE = 1,
    MEMORY_RESERVED = 2,
    MEMORY_ACPI = 3,
    MEMORY_ACPI_KEEP = 4,
};

struct multiboot_module {
    struct physical_range range;
    const char *string; /* from grub.cfg */
};

/* physical: where the information is. Panics when it is not multiboot2's or lacks a memory map. */
void multiboot_initialize(uint64_t magic, uint64_t physical);

/* The information itself. */
struct physical_range multiboot_range(void);
/* Cursors start at 0; false: no more. Ranges are not sorted and may be of any type. */
bool multiboot_next_memory(size_t *cursor, struct physical_range *range, uint32_t *type);
bool multiboot_next_module(size_t *cursor, struct multiboot_module *module);
/* True when the string's first word is `name`. */
bool first_word_is(const char *string, const char *name);
/* "" when there is none. */
const char *multiboot_command_line(void);
/* The new RSDP, or the old one, or NULL; a copy in the information. length 0 with NULL. */
const void *multiboot_rsdp(size_t *length_bytes);
/* Address 0 when there is none. */
struct boot_framebuffer multiboot_framebuffer(void);
/* The kernel's own symbol and string table as the loader left them; false: not loaded. */
bool multiboot_symbols(struct physical_range *symbols, struct physical_range *names);

/* From now on the information is read from a copy there; then the symbols, to where there is room. */
void multiboot_move(uint64_t physical);
void multiboot_move_symbols(uint64_t symbols, uint64_t names);
