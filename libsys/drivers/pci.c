/*
 * PCI configuration space: see quire/pci.h. Section numbers are those of the PCI Local Bus
 * specification 3.0.
 */
#include <quire/pci.h>
#include <quire/system_call.h>

#define PORT_CONFIGURATION_ADDRESS 0xcf8
#define PORT_CONFIGURATION_DATA 0xcfc
#define CONFIGURATION_ENABLE 0x80000000u

#define BUSES 256u
#define DEVICES_PER_BUS 32u
#define FUNCTIONS_PER_DEVICE 8u

/* Section 6.1: the header. */
enum header_register {
    HEADER_VENDOR_ID = 0x00,
    HEADER_DEVICE_ID = 0x02,
    HEADER_COMMAND = 0x04,
    HEADER_STATUS = 0x06,
    HEADER_REVISION_AND_CLASS = 0x08,
    HEADER_TYPE = 0x0e,
    HEADER_BAR = 0x10,
    HEADER_SECONDARY_BUS = 0x19, /* of a bridge */
    HEADER_CAPABILITIES = 0x34,
};
#define NO_VENDOR 0xffffu
#define COMMAND_IO 1u
#define COMMAND_MEMORY 2u
#define COMMAND_BUS_MASTER 4u
#define COMMAND_NO_INTX 0x400u
#define STATUS_CAPABILITIES 0x10u
#define TYPE_MASK 0x7fu
#define TYPE_DEVICE 0u
#define TYPE_BRIDGE 1u
#define TYPE_MULTIFUNCTION 0x80u

#define BAR_IO 1u
#define BAR_TYPE_MASK 6u
#define BAR_TYPE_64 4u
#define BAR_IO_MASK 0xfffffffcu
#define BAR_MEMORY_MASK 0xfffffff0u

/* 6.7: a capability has at least 4 bytes and lies in 0x40..0xff. */
#define CAPABILITY_FIRST 0x40u
#define CAPABILITIES_MAX ((0x100u - CAPABILITY_FIRST) / 4)

/* ---------------------------------------------------------------- access */

static void select_register(const struct pci_function *function, uint32_t offset)
{
    uint32_t address = CONFIGURATION_ENABLE | (uint32_t)function->bus << 16 |
                       (uint32_t)function->device << 11 | (uint32_t)function->function << 8 |
                       (offset & 0xfc);
    sys_port_out(function->ports, PORT_OUT32, PORT_CONFIGURATION_ADDRESS, address);
}

uint32_t pci_read32(const struct pci_function *function, uint32_t offset)
{
    select_register(function, offset);
    int64_t value = sys_port_in(function->ports, PORT_IN32, PORT_CONFIGURATION_DATA);
    /* Without the ports there are no devices: what an empty slot reads. */
    return value < 0 ? 0xffffffffu : (uint32_t)value;
}

uint16_t pci_read16(const struct pci_function *function, uint32_t offset)
{
    return (uint16_t)(pci_read32(function, offset) >> (offset & 2) * 8);
}

uint8_t pci_read8(const struct pci_function *function, uint32_t offset)
{
    return (uint8_t)(pci_read32(function, offset) >> (offset & 3) * 8);
}

void pci_write32(const struct pci_function *function, uint32_t offset, uint32_t value)
{
    select_register(function, offset);
    sys_port_out(function->ports, PORT_OUT32, PORT_CONFIGURATION_DATA, value);
}

/* Exactly 16 bits: the neighbours (the status register) clear bits that are written as 1. */
void pci_write16(const struct pci_function *function, uint32_t offset, uint16_t value)
{
    select_register(function, offset);
    sys_port_out(function->ports, PORT_OUT16, (uint16_t)(PORT_CONFIGURATION_DATA + (offset & 2)),
                 value);
}

/* ---------------------------------------------------------------- finding functions */

struct search {
    uint32_t ports;
    bool (*found)(void *context, const struct pci_function *);
    void *context;
    uint32_t count;
    uint32_t bus_seen[BUSES / 32];
    uint8_t buses[BUSES]; /* found and not scanned yet: [next, end) */
    uint32_t next, end;
};

/* A bus is scanned once, whatever the bridges say. */
static void add_bus(struct search *search, uint8_t bus)
{
    uint32_t bit = 1u << bus % 32;
    if ((search->bus_seen[bus / 32] & bit) != 0)
        return;
    search->bus_seen[bus / 32] |= bit;
    search->buses[search->end++] = bus;
}

/* False: the search is over. */
static bool visit_function(struct search *search, struct pci_function *function)
{
    function->vendor_id = pci_read16(function, HEADER_VENDOR_ID);
    if (function->vendor_id == NO_VENDOR)
        return true;
    function->device_id = pci_read16(function, HEADER_DEVICE_ID);
    function->class_code = pci_read32(function, HEADER_REVISION_AND_CLASS) >> 8;
    search->count++;
    if ((pci_read8(function, HEADER_TYPE) & TYPE_MASK) == TYPE_BRIDGE)
        add_bus(search, pci_read8(function, HEADER_SECONDARY_BUS));
    return search->found(search->context, function);
}

static bool visit_bus(struct search *search, uint8_t bus)
{
    for (uint8_t device = 0; device < DEVICES_PER_BUS; device++) {
        struct pci_function function = {.ports = search->ports, .bus = bus, .device = device};
        if (!visit_function(search, &function))
            return false;
        if (function.vendor_id == NO_VENDOR ||
            (pci_read8(&function, HEADER_TYPE) & TYPE_MULTIFUNCTION) == 0)
            continue;
        for (uint8_t number = 1; number < FUNCTIONS_PER_DEVICE; number++) {
            function.function = number;
            if (!visit_function(search, &function))
                return false;
        }
    }
    return true;
}

uint32_t pci_enumerate(uint32_t ports, bool (*found)(void *context, const struct pci_function *),
                       void *context)
{
    struct search search = {.ports = ports, .found = found, .context = context};
    add_bus(&search, 0);
    /* Several host bridges show as functions of device 0 of bus 0, each with the bus of its
       own number. */
    for (uint8_t number = 1; number < FUNCTIONS_PER_DEVICE; number++) {
        struct pci_function bridge = {.ports = ports, .function = number};
        struct pci_function first = {.ports = ports};
        if ((pci_read8(&first, HEADER_TYPE) & TYPE_MULTIFUNCTION) != 0 &&
            pci_read16(&bridge, HEADER_VENDOR_ID) != NO_VENDOR)
            add_bus(&search, number);
    }
    while (search.next < search.end)
        if (!visit_bus(&search, search.buses[search.next++]))
            break;
    return search.count;
}

/* ---------------------------------------------------------------- one function */

uint32_t pci_find_capability(const struct pci_function *function, uint8_t id, uint32_t previous)
{
    if ((pci_read16(function, HEADER_STATUS) & STATUS_CAPABILITIES) == 0)
        return 0;
    uint32_t offset = pci_read8(function, previous == 0 ? HEADER_CAPABILITIES : previous + 1);
    for (unsigned steps = 0; steps < CAPABILITIES_MAX; steps++) {
        offset &= 0xfc; /* 6.7: the two low bits are reserved */
        if (offset < CAPABILITY_FIRST)
            return 0;
        if (pci_read8(function, offset) == id)
            return offset;
        offset = pci_read8(function, offset + 1);
    }
    return 0;
}

/* 6.2.5.1: writes ones, reads back which bits stick, restores. */
static uint32_t probe_bar(const struct pci_function *function, uint32_t offset, uint32_t original)
{
    pci_write32(function, offset, 0xffffffffu);
    uint32_t mask = pci_read32(function, offset);
    pci_write32(function, offset, original);
    return mask;
}

void pci_read_bars(const struct pci_function *function, struct pci_bar bars[PCI_BARS])
{
    for (unsigned i = 0; i < PCI_BARS; i++)
        bars[i] = (struct pci_bar){.address = 0};
    if ((pci_read8(function, HEADER_TYPE) & TYPE_MASK) != TYPE_DEVICE)
        return;
    uint16_t command = pci_read16(function, HEADER_COMMAND);
    pci_write16(function, HEADER_COMMAND, command & (uint16_t) ~(COMMAND_IO | COMMAND_MEMORY));

    for (unsigned i = 0; i < PCI_BARS; i++) {
        uint32_t offset = HEADER_BAR + i * 4;
        uint32_t low = pci_read32(function, offset);
        uint32_t low_mask = probe_bar(function, offset, low);
        struct pci_bar *bar = &bars[i];
        if (low_mask == 0)
            continue;
        if ((low & BAR_IO) != 0) {
            bar->address = low & BAR_IO_MASK;
            bar->length_bytes = (~(low_mask & BAR_IO_MASK) + 1u) & 0xffff;
            continue;
        }
        bar->memory = true;
        bar->address = low & BAR_MEMORY_MASK;
        uint64_t mask = 0xffffffff00000000ull | (low_mask & BAR_MEMORY_MASK);
        if ((low & BAR_TYPE_MASK) == BAR_TYPE_64 && i + 1 < PCI_BARS) {
            uint32_t high = pci_read32(function, offset + 4);
            bar->address |= (uint64_t)high << 32;
            mask = (uint64_t)probe_bar(function, offset + 4, high) << 32 |
                   (low_mask & BAR_MEMORY_MASK);
            i++; /* the next register is this one's upper half */
        }
        bar->length_bytes = ~mask + 1;
    }
    pci_write16(function, HEADER_COMMAND, command);
}

void pci_enable_memory_and_dma(const struct pci_function *function)
{
    uint16_t command = pci_read16(function, HEADER_COMMAND);
    pci_write16(function, HEADER_COMMAND,
                command | COMMAND_MEMORY | COMMAND_BUS_MASTER | COMMAND_NO_INTX);
}
