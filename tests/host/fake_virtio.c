/*
 * The virtio-blk device made of C: see fake_virtio.h. Section numbers are those of the virtio
 * 1.1 specification.
 */
#include "fake_virtio.h"

#include "mmio.h"

#include <quire/system_call.h>
#include <string.h>

struct descriptor {
    uint64_t address;
    uint32_t length;
    uint16_t flags, next;
};

struct virtio_knobs knobs;
struct virtio_device device;
uint8_t disk_bytes[DISK_SECTORS * 512];
static uint64_t clock_nanoseconds;

/* ---------------------------------------------------------------- the device's queue */

static uint16_t available_index(void)
{
    return WORD16(device.available + 2);
}

void put_used(uint16_t head, uint32_t written)
{
    uint16_t index = WORD16(device.used + 2);
    uint64_t element = device.used + 4 + (index % device.queue_size) * 8u;
    WORD32(element) = head;
    WORD32(element + 4) = written;
    WORD16(device.used + 2) = (uint16_t)(index + 1);
    /* 2.7.7: unless the driver has asked for silence. */
    if (WORD16(device.available) == 0)
        device.interrupts++;
}

static unsigned walk_chain(uint16_t head, struct descriptor *chain)
{
    const struct descriptor *table = (const struct descriptor *)(uintptr_t)device.descriptors;
    struct descriptor entry = table[head];
    unsigned count = 0, limit = device.queue_size;
    if ((entry.flags & 4) != 0) {
        assert_true((device.driver_features & F_INDIRECT) != 0);
        table = (const struct descriptor *)(uintptr_t)entry.address;
        limit = entry.length / 16;
        entry = table[0];
    }
    for (;;) {
        assert_true(count < limit && count < 256);
        chain[count++] = entry;
        if ((entry.flags & 1) == 0)
            break;
        assert_true(entry.next < limit);
        entry = table[entry.next];
    }
    if (count > device.longest_chain)
        device.longest_chain = count;
    return count;
}

/* Does one request as section 5.2.6 says. */
static void serve(uint16_t head)
{
    struct descriptor chain[256];
    unsigned count = walk_chain(head, chain);
    assert_int_equal(chain[0].length, 16);
    assert_int_equal(chain[0].flags & 2, 0);
    uint32_t type = WORD32(chain[0].address);
    uint64_t sector = *(uint64_t *)(uintptr_t)(chain[0].address + 8);
    uint8_t *status = (uint8_t *)(uintptr_t)chain[count - 1].address;
    assert_int_equal(chain[count - 1].length, 1);
    assert_int_equal(chain[count - 1].flags & 2, 2);
    uint32_t written = 1;
    if (type == 4)
        device.flushes++;
    else
        assert_true(type <= 1);
    for (unsigned i = 1; i + 1 < count; i++) {
        uint8_t *place = disk_bytes + sector * 512;
        void *memory = (void *)(uintptr_t)chain[i].address;
        assert_true(sector * 512 + chain[i].length <= sizeof disk_bytes);
        assert_int_equal((chain[i].flags & 2) != 0, type == 0);
        assert_true(knobs.size_max == 0 || chain[i].length <= knobs.size_max);
        if (knobs.status_answer == 0 && type == 0)
            memcpy(memory, place, chain[i].length);
        if (knobs.status_answer == 0 && type == 1)
            memcpy(place, memory, chain[i].length);
        sector += chain[i].length / 512;
        written += type == 0 ? chain[i].length : 0;
    }
    *status = knobs.status_answer;
    put_used(head, written);
}

static uint16_t next_head(void)
{
    uint16_t head = WORD16(device.available + 4 + (device.seen % device.queue_size) * 2u);
    device.seen++;
    return head;
}

void run_device(bool reversed)
{
    uint16_t heads[256];
    unsigned count = 0;
    while (device.seen != available_index())
        heads[count++] = next_head();
    for (unsigned i = 0; i < count; i++)
        serve(heads[reversed ? count - 1 - i : i]);
    /* "tell me of the next one" */
    WORD16(device.used + 4 + device.queue_size * 8u) = device.seen;
}

/* ---------------------------------------------------------------- registers */

static uint32_t configuration_word(uint32_t index)
{
    switch (index) {
    case 0: return DISK_SECTORS;
    case 2: return knobs.size_max;
    case 3: return knobs.segments_max;
    case 5: return knobs.block_size;
    default: return 0;
    }
}

uint8_t mmio_read8(uint64_t address)
{
    switch (address - BAR_ADDRESS) {
    case 0x14: return device.status;
    case 0x15: return 0;
    }
    fail_msg("8-bit read of %#llx", (unsigned long long)(address - BAR_ADDRESS));
    return 0;
}

uint16_t mmio_read16(uint64_t address)
{
    switch (address - BAR_ADDRESS) {
    case 0x10: return device.configuration_vector;
    case 0x12: return 1;
    case 0x18: return device.queue_size;
    case 0x1a: return device.queue_vector;
    case 0x1e: return 2;
    }
    fail_msg("16-bit read of %#llx", (unsigned long long)(address - BAR_ADDRESS));
    return 0;
}

uint32_t mmio_read32(uint64_t address)
{
    uint64_t offset = address - BAR_ADDRESS;
    if (offset == 0x04)
        return (uint32_t)(knobs.features >> device.feature_select * 32);
    if (offset >= DEVICE_OFFSET && offset < DEVICE_OFFSET + 0x40)
        return configuration_word((uint32_t)(offset - DEVICE_OFFSET) / 4);
    fail_msg("32-bit read of %#llx", (unsigned long long)offset);
    return 0;
}

static void reset_device(void)
{
    if (knobs.resets_ignored > 0) {
        knobs.resets_ignored--;
        return;
    }
    unsigned resets = device.resets + 1, notifications = device.notifications;
    uint8_t msix[sizeof device.msix];
    memcpy(msix, device.msix, sizeof msix);
    memset(&device, 0, sizeof device);
    memcpy(device.msix, msix, sizeof msix);
    device.resets = resets;
    device.notifications = notifications;
    device.queue_size = knobs.queue_size;
    device.configuration_vector = 0xffff;
    device.queue_vector = 0xffff;
}

void mmio_write8(uint64_t address, uint8_t value)
{
    assert_int_equal(address - BAR_ADDRESS, 0x14);
    if (value == 0) {
        reset_device();
        return;
    }
    assert_int_equal(value & device.status, device.status); /* bits are only added */
    device.status = value;
    if ((value & 8) != 0 && knobs.refuse_features)
        device.status &= (uint8_t)~8u;
}

void mmio_write16(uint64_t address, uint16_t value)
{
    uint64_t offset = address - BAR_ADDRESS;
    switch (offset) {
    case 0x10: device.configuration_vector = knobs.refuse_vectors ? 0xffff : value; return;
    case 0x16: assert_int_equal(value, 0); return;
    case 0x18:
        assert_true(value <= device.queue_size);
        device.queue_size = value;
        return;
    case 0x1a: device.queue_vector = knobs.refuse_vectors ? 0xffff : value; return;
    case 0x1c: device.enabled = value; return;
    }
    assert_int_equal(offset, NOTIFY_OFFSET + 2 * 4); /* offset 2, multiplier 4 */
    assert_int_equal(value, 0);
    assert_int_equal(device.status, 15);
    assert_int_equal(device.enabled, 1);
    device.notifications++;
    if (!knobs.deaf)
        run_device(false);
}

void mmio_write32(uint64_t address, uint32_t value)
{
    uint64_t offset = address - BAR_ADDRESS;
    if (offset >= MSIX_OFFSET && offset < MSIX_OFFSET + sizeof device.msix) {
        memcpy(device.msix + (offset - MSIX_OFFSET), &value, 4);
        return;
    }
    switch (offset) {
    case 0x00:
    case 0x08: device.feature_select = value; return;
    case 0x0c: device.driver_features |= (uint64_t)value << device.feature_select * 32; return;
    case 0x20: device.descriptors = value; return;
    case 0x24: device.descriptors |= (uint64_t)value << 32; return;
    case 0x28: device.available = value; return;
    case 0x2c: device.available |= (uint64_t)value << 32; return;
    case 0x30: device.used = value; return;
    case 0x34: device.used |= (uint64_t)value << 32; return;
    }
    fail_msg("32-bit write of %#llx", (unsigned long long)offset);
}

/* ---------------------------------------------------------------- the kernel */

struct system_call_result system_call_plain(uint64_t number, uint64_t rdi, uint64_t rsi,
                                            uint64_t rdx, uint64_t r8, uint64_t r9, uint64_t r10)
{
    (void)r9, (void)r10;
    if (number == SYS_CLOCK)
        return (struct system_call_result){0, clock_nanoseconds += 1000000, 0};
    assert_int_equal(number, SYS_IRQ);
    if (rdi != IRQ_HANDLE)
        return (struct system_call_result){ERROR_BAD_HANDLE, 0, 0};
    if (rsi == IRQ_INFO)
        return (struct system_call_result){0, 0xfee00000, 0x41};
    assert_int_equal(rsi, IRQ_BIND);
    assert_int_equal(rdx, 4);
    assert_int_equal(r8, 2);
    return (struct system_call_result){0, 0, 0};
}
