/*
 * PCI configuration space, for the pager: finding devices, sizing and enabling them, and
 * describing virtio disks for the drivers. Configuration mechanism 1 (PCI 3.0, 3.2.2.3.2):
 * ports 0xcf8 and 0xcfc, which reach the first 256 bytes of every function.
 */
#pragma once

#include <quire/server_start.h>
#include <stdbool.h>
#include <stdint.h>

#define PCI_BARS 6

struct pci_bar {
    uint64_t address; /* physical; 0: no such BAR, or the firmware gave it no address */
    uint64_t length_bytes;
    bool memory; /* else I/O ports */
};

struct pci_function {
    uint32_t ports; /* handle for the configuration ports */
    uint8_t bus, device, function;
    uint16_t vendor_id, device_id;
    uint32_t class_code; /* base class << 16 | subclass << 8 | interface */
};

/*
 * Calls `found` for every function on every bus that the bridges lead to. found() returning
 * false ends the search. Returns the number of functions seen. Costs about 2,000 port
 * accesses a bus.
 */
uint32_t pci_enumerate(uint32_t ports, bool (*found)(void *context, const struct pci_function *),
                       void *context);

uint8_t pci_read8(const struct pci_function *function, uint32_t offset);
uint16_t pci_read16(const struct pci_function *function, uint32_t offset);
uint32_t pci_read32(const struct pci_function *function, uint32_t offset);
void pci_write16(const struct pci_function *function, uint32_t offset, uint16_t value);
void pci_write32(const struct pci_function *function, uint32_t offset, uint32_t value);

/*
 * The next capability with this id after `previous` (0: the first); 0: none. The list is
 * followed only as far as a list without a loop can go.
 */
uint32_t pci_find_capability(const struct pci_function *function, uint8_t id, uint32_t previous);

/* Sizes the BARs; the function must not be in use, for it is deaf meanwhile. */
void pci_read_bars(const struct pci_function *function, struct pci_bar bars[PCI_BARS]);

/* Lets the function decode memory and do DMA; its INTx line stays silent. */
void pci_enable_memory_and_dma(const struct pci_function *function);

enum pci_status {
    PCI_OK = 0,
    PCI_NOT_VIRTIO_BLK, /* another kind of device */
    PCI_LEGACY_ONLY,    /* a virtio device without the modern interface */
    PCI_BAR_UNASSIGNED, /* the firmware gave no address to a BAR that is needed */
    PCI_BAD_CAPABILITY, /* register blocks outside their BARs, or missing */
    PCI_NO_MSIX,
};
const char *pci_status_text(enum pci_status status);

/*
 * Describes a virtio disk: kind, the register blocks, MSI-X; bar_address and bar_bytes of the
 * BARs that they lie in. bar_address is the PHYSICAL address: the pager maps it and puts the
 * virtual one there before a driver sees the description. Afterwards the function decodes
 * memory, may do DMA and has MSI-X switched on, every vector masked until the driver sets it
 * up. The other fields are left alone. Nothing is changed unless PCI_OK.
 */
enum pci_status pci_describe_virtio_disk(const struct pci_function *function,
                                         struct disk_description *description);
