/*
 * Finding the register blocks of a virtio disk in its PCI capabilities (virtio 1.1, section
 * 4.1.4) and its MSI-X table (PCI 3.0, section 6.8.2).
 *
 *      capability  +0 id 9  +1 next  +2 length  +3 kind  +4 bar
 *                  +8 offset in the BAR  +12 length  (+16 notify multiplier)
 */
#include <quire/pci.h>
#include <stddef.h>

#define VENDOR_VIRTIO 0x1af4u
#define DEVICE_BLOCK_MODERN 0x1042u
#define DEVICE_BLOCK_TRANSITIONAL 0x1001u

#define CAPABILITY_VENDOR 0x09u
#define CAPABILITY_MSIX 0x11u
#define CAPABILITIES_MAX 48u /* as many as fit behind the header */

#define VIRTIO_CAPABILITY_KIND 3u
#define VIRTIO_CAPABILITY_BAR 4u
#define VIRTIO_CAPABILITY_OFFSET 8u
#define VIRTIO_CAPABILITY_LENGTH 12u
#define VIRTIO_CAPABILITY_MULTIPLIER 16u
enum virtio_kind { VIRTIO_COMMON = 1, VIRTIO_NOTIFY = 2, VIRTIO_ISR = 3, VIRTIO_DEVICE = 4 };

#define MSIX_CONTROL 2u
#define MSIX_TABLE 4u
#define MSIX_CONTROL_ENABLE 0x8000u
#define MSIX_CONTROL_MASK_ALL 0x4000u
#define MSIX_CONTROL_SIZE_MASK 0x7ffu
#define MSIX_BAR_MASK 7u
#define MSIX_ENTRY_BYTES 16u

/* What the capabilities say, unchecked. */
struct register_block {
    bool present;
    uint8_t bar;
    uint32_t offset, length;
};

struct virtio_capabilities {
    struct register_block common, notify, isr, device, msix;
    uint32_t notify_multiplier;
    uint32_t msix_capability;
};

static void read_capabilities(const struct pci_function *function,
                              struct virtio_capabilities *capabilities)
{
    *capabilities = (struct virtio_capabilities){.notify_multiplier = 0};
    uint32_t at = 0;
    /* Bounded, because a broken list may lead back into itself. */
    for (unsigned steps = 0; steps < CAPABILITIES_MAX; steps++) {
        at = pci_find_capability(function, CAPABILITY_VENDOR, at);
        if (at == 0)
            break;
        struct register_block *block = NULL;
        switch (pci_read8(function, at + VIRTIO_CAPABILITY_KIND)) {
        case VIRTIO_COMMON: block = &capabilities->common; break;
        case VIRTIO_NOTIFY: block = &capabilities->notify; break;
        case VIRTIO_ISR: block = &capabilities->isr; break;
        case VIRTIO_DEVICE: block = &capabilities->device; break;
        }
        /* 4.1.4.1: the first of a kind is the one to use. */
        if (block == NULL || block->present)
            continue;
        block->present = true;
        block->bar = pci_read8(function, at + VIRTIO_CAPABILITY_BAR);
        block->offset = pci_read32(function, at + VIRTIO_CAPABILITY_OFFSET);
        block->length = pci_read32(function, at + VIRTIO_CAPABILITY_LENGTH);
        if (block == &capabilities->notify)
            capabilities->notify_multiplier =
                pci_read32(function, at + VIRTIO_CAPABILITY_MULTIPLIER);
    }

    at = pci_find_capability(function, CAPABILITY_MSIX, 0);
    if (at != 0) {
        uint32_t table = pci_read32(function, at + MSIX_TABLE);
        uint16_t control = pci_read16(function, at + MSIX_CONTROL);
        capabilities->msix_capability = at;
        capabilities->msix = (struct register_block){
            .present = true,
            .bar = table & MSIX_BAR_MASK,
            .offset = table & ~MSIX_BAR_MASK,
            .length = ((control & MSIX_CONTROL_SIZE_MASK) + 1u) * MSIX_ENTRY_BYTES,
        };
    }
}

static enum pci_status check_block(const struct register_block *block,
                                   const struct pci_bar bars[PCI_BARS])
{
    if (!block->present || block->bar >= PCI_BARS || !bars[block->bar].memory)
        return PCI_BAD_CAPABILITY;
    const struct pci_bar *bar = &bars[block->bar];
    if (bar->address == 0)
        return PCI_BAR_UNASSIGNED;
    if (block->length == 0 || block->length > bar->length_bytes ||
        block->offset > bar->length_bytes - block->length)
        return PCI_BAD_CAPABILITY;
    return PCI_OK;
}

static void use_bar(struct disk_description *description, const struct register_block *block,
                    const struct pci_bar bars[PCI_BARS])
{
    description->bar_address[block->bar] = bars[block->bar].address;
    description->bar_bytes[block->bar] = bars[block->bar].length_bytes;
}

static void fill_in(struct disk_description *description,
                    const struct virtio_capabilities *capabilities,
                    const struct pci_bar bars[PCI_BARS])
{
    description->kind = DISK_VIRTIO;
    for (unsigned i = 0; i < PCI_BARS; i++) {
        description->bar_address[i] = 0;
        description->bar_bytes[i] = 0;
    }
#define FILL_IN(block)                                       \
    (description->block.bar = capabilities->block.bar,       \
     description->block.offset = capabilities->block.offset, \
     description->block.length = capabilities->block.length, \
     use_bar(description, &capabilities->block, bars))
    FILL_IN(common);
    FILL_IN(notify);
    FILL_IN(isr);
    FILL_IN(device);
#undef FILL_IN
    description->notify_multiplier = capabilities->notify_multiplier;
    description->msix_bar = capabilities->msix.bar;
    description->msix_offset = capabilities->msix.offset;
    description->msix_entries = capabilities->msix.length / MSIX_ENTRY_BYTES;
    use_bar(description, &capabilities->msix, bars);
}

enum pci_status pci_describe_virtio_disk(const struct pci_function *function,
                                         struct disk_description *description)
{
    if (function->vendor_id != VENDOR_VIRTIO || (function->device_id != DEVICE_BLOCK_MODERN &&
                                                 function->device_id != DEVICE_BLOCK_TRANSITIONAL))
        return PCI_NOT_VIRTIO_BLK;

    struct virtio_capabilities capabilities;
    read_capabilities(function, &capabilities);
    if (!capabilities.common.present)
        return PCI_LEGACY_ONLY;
    if (!capabilities.msix.present)
        return PCI_NO_MSIX;
    struct pci_bar bars[PCI_BARS];
    pci_read_bars(function, bars);
    const struct register_block *blocks[] = {&capabilities.common, &capabilities.notify,
                                             &capabilities.isr, &capabilities.device,
                                             &capabilities.msix};
    for (unsigned i = 0; i < sizeof blocks / sizeof *blocks; i++) {
        enum pci_status status = check_block(blocks[i], bars);
        if (status != PCI_OK)
            return status;
    }

    fill_in(description, &capabilities, bars);
    pci_enable_memory_and_dma(function);
    uint32_t control_at = capabilities.msix_capability + MSIX_CONTROL;
    uint16_t control = pci_read16(function, control_at);
    pci_write16(function, control_at,
                (uint16_t)((control | MSIX_CONTROL_ENABLE) & ~MSIX_CONTROL_MASK_ALL));
    return PCI_OK;
}

const char *pci_status_text(enum pci_status status)
{
    static const char *const texts[] = {
        [PCI_OK] = "no error",
        [PCI_NOT_VIRTIO_BLK] = "not a virtio disk",
        [PCI_LEGACY_ONLY] = "a virtio disk without the modern interface (virtio 1.0)",
        [PCI_BAR_UNASSIGNED] = "the firmware gave the device no address",
        [PCI_BAD_CAPABILITY] = "the device's registers are not where it says",
        [PCI_NO_MSIX] = "the device has no MSI-X",
    };
    return (unsigned)status < sizeof texts / sizeof *texts ? texts[status] : "unknown PCI error";
}
