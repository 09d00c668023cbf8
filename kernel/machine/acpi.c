/* ACPI tables: see acpi.h. Layouts: ACPI specification 6.5, chapter 5.2. */
#include "acpi.h"
#include "machine.h"

struct rsdp {
    char signature[8];
    uint8_t checksum;
    char vendor[6];
    uint8_t revision;
    uint32_t rsdt_address;
    uint32_t length_bytes;
    uint64_t xsdt_address;
} __attribute__((packed));

#define RSDP_LENGTH_REVISION_0 20

struct table_header {
    char signature[4];
    uint32_t length_bytes;
    uint8_t revision, checksum;
    char vendor[6], vendor_table[8];
    uint32_t vendor_revision, creator, creator_revision;
} __attribute__((packed));

struct madt {
    struct table_header header;
    uint32_t local_apic_address;
    uint32_t flags;
} __attribute__((packed));

struct madt_entry {
    uint8_t type, length;
} __attribute__((packed));

struct madt_local_apic_address_override {
    uint8_t type, length;
    uint16_t reserved;
    uint64_t address;
} __attribute__((packed));

extern uint64_t direct_map_limit; /* boot/paging.c */

static const struct madt *madt;

static bool sums_to_zero(const void *data, size_t length_bytes)
{
    uint8_t sum = 0;
    for (size_t i = 0; i < length_bytes; i++)
        sum = (uint8_t)(sum + ((const uint8_t *)data)[i]);
    return sum == 0;
}

static const struct table_header *table_at(uint64_t physical)
{
    if (physical == 0 || physical > direct_map_limit - sizeof(struct table_header))
        return NULL;
    const struct table_header *table = physical_to_virtual(physical);
    if (table->length_bytes < sizeof(*table) || table->length_bytes > direct_map_limit - physical ||
        !sums_to_zero(table, table->length_bytes))
        return NULL;
    return table;
}

/* entry_bytes: the RSDT holds 32-bit addresses, the XSDT 64-bit ones. */
static const struct table_header *find_table(const struct table_header *root, size_t entry_bytes,
                                             const char *signature)
{
    const uint8_t *entries = (const uint8_t *)(root + 1);
    size_t count = (root->length_bytes - sizeof(*root)) / entry_bytes;
    for (size_t i = 0; i < count; i++) {
        uint64_t physical = 0;
        memcpy(&physical, entries + i * entry_bytes, entry_bytes);
        const struct table_header *table = table_at(physical);
        if (table != NULL && memcmp(table->signature, signature, 4) == 0)
            return table;
    }
    return NULL;
}

void acpi_initialize(const void *rsdp_copy)
{
    const struct rsdp *rsdp = rsdp_copy;
    if (rsdp == NULL || memcmp(rsdp->signature, "RSD PTR ", 8) != 0 ||
        !sums_to_zero(rsdp, RSDP_LENGTH_REVISION_0))
        return;

    const struct table_header *root = rsdp->revision >= 2 ? table_at(rsdp->xsdt_address) : NULL;
    size_t entry_bytes = 8;
    if (root == NULL) {
        root = table_at(rsdp->rsdt_address);
        entry_bytes = 4;
    }
    if (root == NULL)
        return;
    const struct table_header *table = find_table(root, entry_bytes, "APIC");
    if (table != NULL && table->length_bytes >= sizeof(struct madt))
        madt = (const struct madt *)table;
}

const void *madt_next(uint8_t type, uint8_t length_minimum, const void *previous)
{
    if (madt == NULL)
        return NULL;
    const uint8_t *end = (const uint8_t *)madt + madt->header.length_bytes;
    const uint8_t *cursor = (const uint8_t *)(madt + 1);
    if (previous != NULL)
        cursor = (const uint8_t *)previous + ((const struct madt_entry *)previous)->length;

    while (cursor + sizeof(struct madt_entry) <= end) {
        const struct madt_entry *entry = (const struct madt_entry *)cursor;
        if (entry->length < sizeof(*entry) || entry->length > end - cursor)
            return NULL;
        if (entry->type == type && entry->length >= length_minimum)
            return entry;
        cursor += entry->length;
    }
    return NULL;
}

uint64_t madt_local_apic_address(void)
{
    const struct madt_local_apic_address_override *override =
        madt_next(MADT_LOCAL_APIC_ADDRESS, sizeof(*override), NULL);
    if (override != NULL)
        return override->address;
    return madt != NULL ? madt->local_apic_address : 0;
}
