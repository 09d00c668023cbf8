/*
 * Device registers in memory. One access each, of exactly the width named: virtio allows no
 * other. On the build machine these are ordinary functions, and a test's fake device
 * defines them.
 */
#pragma once

#include <stdint.h>

#if __STDC_HOSTED__

uint8_t mmio_read8(uint64_t address);
uint16_t mmio_read16(uint64_t address);
uint32_t mmio_read32(uint64_t address);
void mmio_write8(uint64_t address, uint8_t value);
void mmio_write16(uint64_t address, uint16_t value);
void mmio_write32(uint64_t address, uint32_t value);

#else

static inline uint8_t mmio_read8(uint64_t address)
{
    return *(const volatile uint8_t *)(uintptr_t)address;
}

static inline uint16_t mmio_read16(uint64_t address)
{
    return *(const volatile uint16_t *)(uintptr_t)address;
}

static inline uint32_t mmio_read32(uint64_t address)
{
    return *(const volatile uint32_t *)(uintptr_t)address;
}

static inline void mmio_write8(uint64_t address, uint8_t value)
{
    *(volatile uint8_t *)(uintptr_t)address = value;
}

static inline void mmio_write16(uint64_t address, uint16_t value)
{
    *(volatile uint16_t *)(uintptr_t)address = value;
}

static inline void mmio_write32(uint64_t address, uint32_t value)
{
    *(volatile uint32_t *)(uintptr_t)address = value;
}

#endif

static inline void mmio_write64(uint64_t address, uint64_t value)
{
    mmio_write32(address, (uint32_t)value);
    mmio_write32(address + 4, (uint32_t)(value >> 32));
}
