/*
 * Power-off by ACPI: sleep state S5 (ACPI 6.4, 4.8.3.2.1 and 7.4.2.5).
 *
 *      RSDP --> XSDT or RSDT --> FADT --> PM1 control ports, DSDT
 *                        \-----> SSDTs       DSDT or an SSDT --> \_S5 --> sleep types
 *
 * \_S5 is a package of small constants in every firmware; it is found by its name and read
 * without an AML interpreter. The tables are foreign data: every length is checked, and a
 * table that is not as expected only means that the machine stays on.
 */
#include "kernel_interface.h"
#include "shutdown.h"
#include "wired_map.h"

#include <stddef.h>
#include <string.h>

#define RSDP_BYTES_REVISION_0 20
#define RSDP_BYTES 36
#define TABLE_BYTES_MAX (4u << 20)
#define PM1_SLEEP_TYPE_SHIFT 10
#define PM1_SLEEP_ENABLE (1u << 13)
#define PM1_ACPI_ENABLED 1u
#define ENABLE_LOOKS 100000

struct table_header {
    char signature[4];
    uint32_t length_bytes;
    uint8_t revision, checksum;
    char oem[26];
} __attribute__((packed));

struct fadt {
    struct table_header header;
    uint32_t firmware_control, dsdt;
    uint8_t reserved, profile;
    uint16_t sci_interrupt;
    uint32_t smi_command;
    uint8_t acpi_enable, acpi_disable, s4bios, pstate;
    uint32_t pm1a_event, pm1b_event, pm1a_control, pm1b_control;
} __attribute__((packed));
/* From revision 2 on. */
#define FADT_X_DSDT_OFFSET 140

struct sleep {
    const struct fadt *fadt;
    bool found;
    uint8_t type_a, type_b;
};

static const struct table_header *map_table(uint64_t physical)
{
    const struct table_header *header = device_map(physical, sizeof *header, 0);
    if (header == NULL || header->length_bytes < sizeof *header ||
        header->length_bytes > TABLE_BYTES_MAX)
        return NULL;
    return device_map(physical, header->length_bytes, 0);
}

/* A constant of AML: Zero, One or a byte. Returns the bytes it takes, 0: none of these. */
static size_t read_constant(const uint8_t *code, size_t bytes, uint8_t *value)
{
    if (bytes >= 1 && code[0] <= 1) {
        *value = code[0];
        return 1;
    }
    if (bytes >= 2 && code[0] == 0x0a) {
        *value = code[1];
        return 2;
    }
    return 0;
}

/* \_S5 as Name (_S5, Package () { type a, type b, ... }). */
static void find_sleep_types(const struct table_header *table, struct sleep *sleep)
{
    enum { NAME_OP = 0x08, PACKAGE_OP = 0x12 };
    const uint8_t *code = (const uint8_t *)table;
    size_t bytes = table->length_bytes;
    for (size_t at = sizeof *table; at + 8 < bytes; at++) {
        if (memcmp(code + at, "_S5_", 4) != 0 || code[at + 4] != PACKAGE_OP)
            continue;
        bool named = code[at - 1] == NAME_OP || (code[at - 1] == '\\' && code[at - 2] == NAME_OP);
        if (!named)
            continue;
        /* Package length: its first byte says how many follow it; then the element count. */
        size_t element = at + 5 + 1 + (code[at + 5] >> 6) + 1;
        if (element >= bytes)
            continue;
        size_t first = read_constant(code + element, bytes - element, &sleep->type_a);
        if (first == 0)
            continue;
        element += first;
        if (element >= bytes || read_constant(code + element, bytes - element, &sleep->type_b) == 0)
            sleep->type_b = sleep->type_a;
        sleep->found = true;
        return;
    }
}

static void look_at_table(uint64_t physical, struct sleep *sleep)
{
    const struct table_header *table = map_table(physical);
    if (table == NULL)
        return;
    if (memcmp(table->signature, "SSDT", 4) == 0 && !sleep->found)
        find_sleep_types(table, sleep);
    if (memcmp(table->signature, "FACP", 4) != 0 || table->length_bytes < sizeof(struct fadt))
        return;
    sleep->fadt = (const struct fadt *)table;
    uint64_t dsdt = sleep->fadt->dsdt;
    if (dsdt == 0 && table->length_bytes >= FADT_X_DSDT_OFFSET + sizeof dsdt)
        memcpy(&dsdt, (const uint8_t *)table + FADT_X_DSDT_OFFSET, sizeof dsdt);
    const struct table_header *code = dsdt != 0 ? map_table(dsdt) : NULL;
    if (code != NULL)
        find_sleep_types(code, sleep);
}

static void look_at_tables(uint64_t root, size_t entry_bytes, struct sleep *sleep)
{
    const struct table_header *table = map_table(root);
    if (table == NULL)
        return;
    const uint8_t *entry = (const uint8_t *)(table + 1);
    const uint8_t *end = (const uint8_t *)table + table->length_bytes;
    for (; (size_t)(end - entry) >= entry_bytes; entry += entry_bytes) {
        uint64_t physical = 0;
        memcpy(&physical, entry, entry_bytes);
        look_at_table(physical, sleep);
    }
}

static void enter(const struct sleep *sleep)
{
    const struct fadt *fadt = sleep->fadt;
    uint16_t control_a = (uint16_t)fadt->pm1a_control, control_b = (uint16_t)fadt->pm1b_control;
    /* Firmware may still own power management. */
    if (!(sys_port_in(BOOT_HANDLE_PORTS, PORT_IN16, control_a) & PM1_ACPI_ENABLED) &&
        fadt->smi_command != 0 && fadt->acpi_enable != 0) {
        sys_port_out(BOOT_HANDLE_PORTS, PORT_OUT8, (uint16_t)fadt->smi_command, fadt->acpi_enable);
        for (uint32_t look = 0; look < ENABLE_LOOKS; look++)
            if (sys_port_in(BOOT_HANDLE_PORTS, PORT_IN16, control_a) & PM1_ACPI_ENABLED)
                break;
    }
    sys_port_out(BOOT_HANDLE_PORTS, PORT_OUT16, control_a,
                 (uint32_t)sleep->type_a << PM1_SLEEP_TYPE_SHIFT | PM1_SLEEP_ENABLE);
    if (control_b != 0)
        sys_port_out(BOOT_HANDLE_PORTS, PORT_OUT16, control_b,
                     (uint32_t)sleep->type_b << PM1_SLEEP_TYPE_SHIFT | PM1_SLEEP_ENABLE);
}

void acpi_power_off(uint64_t rsdp)
{
    const uint8_t *pointer = rsdp != 0 ? device_map(rsdp, RSDP_BYTES_REVISION_0, 0) : NULL;
    if (pointer == NULL || memcmp(pointer, "RSD PTR ", 8) != 0)
        return;
    struct sleep sleep = {0};
    uint32_t rsdt;
    memcpy(&rsdt, pointer + 16, sizeof rsdt);
    if (pointer[15] >= 2 && (pointer = device_map(rsdp, RSDP_BYTES, 0)) != NULL) {
        uint64_t xsdt;
        memcpy(&xsdt, pointer + 24, sizeof xsdt);
        look_at_tables(xsdt, sizeof xsdt, &sleep);
    }
    if (sleep.fadt == NULL)
        look_at_tables(rsdt, sizeof rsdt, &sleep);
    if (sleep.fadt != NULL && sleep.found && sleep.fadt->pm1a_control != 0)
        enter(&sleep);
}
