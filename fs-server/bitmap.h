/* Bits of an ext2 bitmap block: bit i is bit i % 8 of byte i / 8. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

static inline bool bitmap_test(const uint8_t *bitmap, uint32_t bit)
{
    return bitmap[bit / 8] >> bit % 8 & 1;
}

static inline void bitmap_set(uint8_t *bitmap, uint32_t bit)
{
    bitmap[bit / 8] |= (uint8_t)(1u << bit % 8);
}

static inline void bitmap_clear(uint8_t *bitmap, uint32_t bit)
{
    bitmap[bit / 8] &= (uint8_t) ~(1u << bit % 8);
}

/* The first clear bit in [from, limit); limit if there is none. */
static inline uint32_t bitmap_find_clear(const uint8_t *bitmap, uint32_t from, uint32_t limit)
{
    while (from < limit) {
        if (from % 8 == 0 && bitmap[from / 8] == 0xff)
            from += 8;
        else if (bitmap_test(bitmap, from))
            from++;
        else
            return from;
    }
    return limit;
}

/* The first byte of clear bits wholly in [from, limit); limit if there is none. */
static inline uint32_t bitmap_find_clear_byte(const uint8_t *bitmap, uint32_t from, uint32_t limit)
{
    for (from = (from + 7) & ~7u; from + 8 <= limit; from += 8) {
        if (bitmap[from / 8] == 0)
            return from;
    }
    return limit;
}
