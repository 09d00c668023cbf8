/*
 * For tests of drivers whose devices must not be touched at all.
 */
#include "host_test.h"
#include "mmio.h"

#define NO_ACCESS(...)                                                                 \
    {                                                                                  \
        fail_msg("a device register was touched: %#llx", (unsigned long long)address); \
        __VA_ARGS__;                                                                   \
    }

uint8_t mmio_read8(uint64_t address) NO_ACCESS(return 0) uint16_t mmio_read16(uint64_t address)
    NO_ACCESS(return 0) uint32_t mmio_read32(uint64_t address)
        NO_ACCESS(return 0) void mmio_write8(uint64_t address, uint8_t value)
            NO_ACCESS((void)value) void mmio_write16(uint64_t address, uint16_t value)
                NO_ACCESS((void)value) void mmio_write32(uint64_t address, uint32_t value)
                    NO_ACCESS((void)value)
