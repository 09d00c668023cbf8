/*
 * PCI: enumeration, BARs and capabilities, on configuration spaces made of bytes.
 */
#include "host_test.h"

#include <quire/pci.h>
#include <quire/system_call.h>
#include <stdbool.h>
#include <string.h>

#define PORTS 4u
#define FUNCTIONS_MAX 16

struct fake_function {
    uint8_t bus, device, function;
    _Alignas(4) uint8_t space[256];
    uint32_t bar_mask[6]; /* writable bits; the type bits below are fixed */
    unsigned writes_while_decoding;
};

static struct fake_function functions[FUNCTIONS_MAX];
static unsigned function_count;
static uint32_t address_register;

static struct fake_function *selected(void)
{
    for (unsigned i = 0; i < function_count; i++)
        if (functions[i].bus == (address_register >> 16 & 0xff) &&
            functions[i].device == (address_register >> 11 & 31) &&
            functions[i].function == (address_register >> 8 & 7))
            return &functions[i];
    return NULL;
}

static void write_space(struct fake_function *function, uint32_t offset, uint64_t value,
                        unsigned bytes)
{
    if (offset >= 0x10 && offset < 0x28) {
        unsigned bar = (offset - 0x10) / 4;
        uint32_t old;
        if ((function->space[4] & 3) != 0)
            function->writes_while_decoding++;
        memcpy(&old, function->space + offset, 4);
        uint32_t kept = (uint32_t)value & function->bar_mask[bar];
        old = kept | (function->bar_mask[bar] != 0 && (function->bar_mask[bar] & 15) == 0
                          ? old & 15 & ~function->bar_mask[bar]
                          : 0);
        memcpy(function->space + offset, &old, 4);
        return;
    }
    memcpy(function->space + offset, &value, bytes);
}

struct system_call_result system_call_plain(uint64_t number, uint64_t rdi, uint64_t rsi,
                                            uint64_t rdx, uint64_t r8, uint64_t r9, uint64_t r10)
{
    (void)r9, (void)r10;
    assert_int_equal(number, SYS_PORT);
    if (rdi != PORTS)
        return (struct system_call_result){ERROR_BAD_HANDLE, 0, 0};
    if (rsi == PORT_OUT32 && rdx == 0xcf8) {
        address_register = (uint32_t)r8;
        return (struct system_call_result){0, 0, 0};
    }
    assert_true((address_register & 0x80000003) == 0x80000000);
    struct fake_function *function = selected();
    uint32_t offset = (address_register & 0xfc) + (uint32_t)(rdx - 0xcfc);
    uint32_t value = 0xffffffff;
    switch (rsi) {
    case PORT_IN32:
        if (function != NULL)
            memcpy(&value, function->space + offset, 4);
        return (struct system_call_result){0, value, 0};
    case PORT_OUT16: write_space(function, offset, r8, 2); break;
    case PORT_OUT32: write_space(function, offset, r8, 4); break;
    default: fail();
    }
    return (struct system_call_result){0, 0, 0};
}

static void put16(struct fake_function *function, unsigned offset, uint16_t value)
{
    memcpy(function->space + offset, &value, 2);
}

static void put32(struct fake_function *function, unsigned offset, uint32_t value)
{
    memcpy(function->space + offset, &value, 4);
}

static struct fake_function *add(uint8_t bus, uint8_t device, uint8_t number, uint16_t vendor,
                                 uint16_t id)
{
    struct fake_function *function = &functions[function_count++];
    memset(function, 0, sizeof *function);
    function->bus = bus;
    function->device = device;
    function->function = number;
    put16(function, 0, vendor);
    put16(function, 2, id);
    return function;
}

static struct fake_function *add_bridge(uint8_t bus, uint8_t device, uint8_t secondary)
{
    struct fake_function *bridge = add(bus, device, 0, 0x8086, 0x1234);
    bridge->space[0x0e] = 1;
    bridge->space[0x19] = secondary;
    return bridge;
}

static void put_virtio(struct fake_function *function, uint8_t at, uint8_t next, uint8_t kind,
                       uint32_t offset, uint32_t length)
{
    function->space[at] = 9;
    function->space[at + 1] = next;
    function->space[at + 2] = 20;
    function->space[at + 3] = kind;
    function->space[at + 4] = 4;
    put32(function, at + 8, offset);
    put32(function, at + 12, length);
}

/* As QEMU's: MSI-X table in BAR 1, registers in the 64-bit BAR 4. */
static struct fake_function *add_disk(void)
{
    struct fake_function *disk = add(0, 3, 0, 0x1af4, 0x1042);
    put16(disk, 4, 0x0003);
    put16(disk, 6, 0x0010);
    disk->space[0x34] = 0x98;
    put32(disk, 0x10, 0xc001);
    disk->bar_mask[0] = 0xffffff80;
    put32(disk, 0x14, 0xfebd1000);
    disk->bar_mask[1] = 0xfffff000;
    put32(disk, 0x20, 0xf000000c);
    disk->bar_mask[4] = 0xffffc000;
    put32(disk, 0x24, 0x00000008);
    disk->bar_mask[5] = 0xffffffff;
    disk->space[0x98] = 0x11;
    disk->space[0x99] = 0x84;
    put16(disk, 0x9a, 0x4001); /* two vectors, all masked */
    put32(disk, 0x9c, 0x00000801);
    put_virtio(disk, 0x84, 0x70, 5, 0, 0);
    put_virtio(disk, 0x70, 0x60, 2, 0x3000, 0x1000);
    put32(disk, 0x80, 4);
    put_virtio(disk, 0x60, 0x50, 4, 0x2000, 0x1000);
    put_virtio(disk, 0x50, 0x40, 3, 0x1000, 0x1000);
    put_virtio(disk, 0x40, 0, 1, 0x0000, 0x1000);
    return disk;
}

static struct pci_function handle_of(const struct fake_function *function)
{
    return (struct pci_function){
        .ports = PORTS,
        .bus = function->bus,
        .device = function->device,
        .function = function->function,
        .vendor_id = (uint16_t)(function->space[0] | function->space[1] << 8),
        .device_id = (uint16_t)(function->space[2] | function->space[3] << 8)};
}

static int set_up(void **state)
{
    (void)state;
    function_count = 0;
    return 0;
}

/* ---------------------------------------------------------------- promises */

static struct pci_function seen[FUNCTIONS_MAX];
static unsigned seen_count, seen_limit;

static bool note(void *context, const struct pci_function *function)
{
    assert_ptr_equal(context, seen);
    seen[seen_count++] = *function;
    return seen_count < seen_limit;
}

static unsigned enumerate(unsigned limit)
{
    seen_count = 0;
    seen_limit = limit;
    return pci_enumerate(PORTS, note, seen);
}

static void every_function_behind_every_bridge_is_found_once(void **state)
{
    (void)state;
    add(0, 0, 0, 0x8086, 0x29c0);
    struct fake_function *multi = add(0, 31, 0, 0x8086, 0x2918);
    multi->space[0x0e] = 0x80;
    add(0, 31, 2, 0x8086, 0x2922);
    add(0, 31, 1, 0xffff, 0);
    add_bridge(0, 1, 5);
    add_bridge(5, 0, 9);
    add(9, 4, 0, 0x1af4, 0x1042);
    add_bridge(9, 5, 0);          /* a bridge that leads back to bus 0 */
    add(9, 6, 3, 0x1af4, 0x1042); /* no function 0: not there */
    assert_int_equal(enumerate(100), 7);
    assert_int_equal(seen_count, 7);
    unsigned disks = 0;
    for (unsigned i = 0; i < seen_count; i++)
        disks += seen[i].bus == 9 && seen[i].device == 4 && seen[i].vendor_id == 0x1af4 &&
                 seen[i].device_id == 0x1042;
    assert_int_equal(disks, 1);
}

static void the_search_ends_when_the_caller_has_enough(void **state)
{
    (void)state;
    for (uint8_t i = 0; i < 5; i++)
        add(0, i, 0, 0x8086, i);
    assert_int_equal(enumerate(2), 2);
}

static void without_the_ports_there_is_nothing(void **state)
{
    (void)state;
    add(0, 0, 0, 0x8086, 1);
    seen_limit = 100;
    seen_count = 0;
    assert_int_equal(pci_enumerate(PORTS + 1, note, seen), 0);
}

static void bars_are_sized_and_put_back(void **state)
{
    (void)state;
    struct fake_function *disk = add_disk(), before = *disk;
    struct pci_function function = handle_of(disk);
    struct pci_bar bars[PCI_BARS];
    pci_read_bars(&function, bars);
    assert_memory_equal(disk->space, before.space, 256);
    assert_int_equal(disk->writes_while_decoding, 0);
    assert_false(bars[0].memory);
    assert_int_equal(bars[0].address, 0xc000);
    assert_int_equal(bars[0].length_bytes, 0x80);
    assert_true(bars[1].memory);
    assert_int_equal(bars[1].address, 0xfebd1000);
    assert_int_equal(bars[1].length_bytes, 0x1000);
    assert_int_equal(bars[2].length_bytes, 0);
    assert_int_equal(bars[4].address, 0x8f0000000ull);
    assert_int_equal(bars[4].length_bytes, 0x4000);
    assert_int_equal(bars[5].length_bytes, 0);
}

static void a_virtio_disk_is_described_and_enabled(void **state)
{
    (void)state;
    struct fake_function *disk = add_disk();
    struct pci_function function = handle_of(disk);
    struct disk_description description = {.delay_microseconds = 77};
    assert_int_equal(pci_describe_virtio_disk(&function, &description), PCI_OK);
    assert_int_equal(description.kind, DISK_VIRTIO);
    assert_int_equal(description.delay_microseconds, 77);
    assert_int_equal(description.bar_address[4], 0x8f0000000ull);
    assert_int_equal(description.bar_bytes[4], 0x4000);
    assert_int_equal(description.bar_address[1], 0xfebd1000);
    assert_int_equal(description.bar_address[0], 0); /* not needed: not mapped */
    assert_int_equal(description.common.bar, 4);
    assert_int_equal(description.common.offset, 0);
    assert_int_equal(description.device.offset, 0x2000);
    assert_int_equal(description.notify.offset, 0x3000);
    assert_int_equal(description.isr.offset, 0x1000);
    assert_int_equal(description.notify_multiplier, 4);
    assert_int_equal(description.msix_bar, 1);
    assert_int_equal(description.msix_offset, 0x800);
    assert_int_equal(description.msix_entries, 2);
    assert_int_equal(disk->space[4] & 6, 6);          /* memory, bus master */
    assert_int_equal(disk->space[5] & 4, 4);          /* no INTx */
    assert_int_equal(disk->space[0x9b] & 0xc0, 0x80); /* MSI-X on, not masked */
}

#define GIVES(status, change)                                                                   \
    do {                                                                                        \
        function_count = 0;                                                                     \
        struct fake_function *disk = add_disk(), before;                                        \
        change;                                                                                 \
        before = *disk;                                                                         \
        struct pci_function function = handle_of(disk);                                         \
        struct disk_description description = {.kind = DISK_NONE};                              \
        assert_string_equal(pci_status_text(pci_describe_virtio_disk(&function, &description)), \
                            pci_status_text(status));                                           \
        assert_int_equal(description.kind, DISK_NONE);                                          \
        assert_memory_equal(disk->space, before.space, 256);                                    \
    } while (0)

static void what_cannot_be_driven_is_reported_and_left_alone(void **state)
{
    (void)state;
    GIVES(PCI_NOT_VIRTIO_BLK, put16(disk, 0, 0x8086));
    GIVES(PCI_NOT_VIRTIO_BLK, put16(disk, 2, 0x1041));
    GIVES(PCI_LEGACY_ONLY, (put16(disk, 2, 0x1001), disk->space[0x51] = 0));
    GIVES(PCI_NO_MSIX, disk->space[0x34] = 0x84);
    GIVES(PCI_BAR_UNASSIGNED, put32(disk, 0x14, 0));
    GIVES(PCI_BAR_UNASSIGNED, (put32(disk, 0x20, 0x0c), put32(disk, 0x24, 0)));
    GIVES(PCI_BAD_CAPABILITY, put32(disk, 0x48, 0x4000));     /* common beyond the BAR */
    GIVES(PCI_BAD_CAPABILITY, put32(disk, 0x48, 0xfffff000)); /* and wrapping round */
    GIVES(PCI_BAD_CAPABILITY, put32(disk, 0x4c, 0));
    GIVES(PCI_BAD_CAPABILITY, disk->space[0x44] = 6);     /* no such BAR */
    GIVES(PCI_BAD_CAPABILITY, disk->space[0x44] = 0);     /* I/O ports */
    GIVES(PCI_BAD_CAPABILITY, put32(disk, 0x9c, 0x1001)); /* MSI-X table beyond its BAR */
}

static void capability_lists_that_loop_come_to_an_end(void **state)
{
    (void)state;
    struct fake_function *disk = add_disk();
    struct pci_function function = handle_of(disk);
    struct disk_description description;
    disk->space[0x41] = 0x84; /* the last leads to the first again */
    assert_int_equal(pci_describe_virtio_disk(&function, &description), PCI_OK);
    disk->space[0x85] = 0x84; /* one leads to itself */
    assert_int_equal(pci_describe_virtio_disk(&function, &description), PCI_LEGACY_ONLY);
    assert_int_equal(pci_find_capability(&function, 0x55, 0), 0);
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_function_behind_every_bridge_is_found_once),
        TEST(the_search_ends_when_the_caller_has_enough),
        TEST(without_the_ports_there_is_nothing),
        TEST(bars_are_sized_and_put_back),
        TEST(a_virtio_disk_is_described_and_enabled),
        TEST(what_cannot_be_driven_is_reported_and_left_alone),
        TEST(capability_lists_that_loop_come_to_an_end),
    };
    return cmocka_run_group_tests_name("pci", tests, NULL, NULL);
}
