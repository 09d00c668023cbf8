/*
 * The two ACPI tables that the kernel needs: the root, and the interrupt controllers'
 * (MADT). Tables stay where firmware put them and are read through the direct map; a
 * table that is truncated or fails its checksum counts as absent.
 */
#pragma once

#include <stdint.h>

/* rsdp: the copy that the boot loader gives; NULL when there is none. */
void acpi_initialize(const void *rsdp);

struct madt_io_apic {
    uint8_t type, length, identifier, reserved;
    uint32_t address;
    uint32_t first_interrupt;
} __attribute__((packed));

struct madt_source_override {
    uint8_t type, length, bus, source;
    uint32_t interrupt;
    uint16_t flags;
} __attribute__((packed));

#define MADT_IO_APIC 1
#define MADT_SOURCE_OVERRIDE 2
#define MADT_LOCAL_APIC_ADDRESS 5

/* The MADT's next entry of `type` after `previous` (NULL: the first); NULL: no more. */
const void *madt_next(uint8_t type, uint8_t length_minimum, const void *previous);
/* Physical address of the local APIC's registers; 0 when no table tells. */
uint64_t madt_local_apic_address(void);
