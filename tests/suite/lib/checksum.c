/* POSIX cksum, a bit at a time into a table made at first use. */
#include "checksum.h"

#include <stdint.h>

#define POLYNOMIAL 0x04c11db7u

static uint32_t table[256];

static void make_table(void)
{
    for (uint32_t byte = 0; byte < 256; byte++) {
        uint32_t crc = byte << 24;
        for (int bit = 0; bit < 8; bit++)
            crc = crc & 0x80000000u ? crc << 1 ^ POLYNOMIAL : crc << 1;
        table[byte] = crc;
    }
}

unsigned long checksum(const void *memory, size_t size)
{
    const uint8_t *byte = memory;
    uint32_t crc = 0;
    if (table[1] == 0)
        make_table();
    for (size_t index = 0; index < size; index++)
        crc = crc << 8 ^ table[(uint8_t)(crc >> 24 ^ byte[index])];
    for (; size > 0; size >>= 8)
        crc = crc << 8 ^ table[(uint8_t)(crc >> 24 ^ size)];
    return ~crc & 0xffffffffu;
}
