/*
 * The generator of <random.h>: RC4 as a byte stream, keyed with the seed's four bytes. Fixed
 * test results depend on every detail: no bytes are dropped and seed 0 is the default.
 */
#include <random.h>

#include <stdbool.h>
#include <stdint.h>

static uint8_t permutation[256];
static uint8_t position, exchange;
static bool seeded;

static void swap_bytes(uint8_t *left, uint8_t *right)
{
    uint8_t kept = *left;
    *left = *right;
    *right = kept;
}

void random_init(unsigned seed)
{
    uint8_t key[4] = {(uint8_t)seed, (uint8_t)(seed >> 8), (uint8_t)(seed >> 16),
                      (uint8_t)(seed >> 24)};
    for (unsigned index = 0; index < 256; index++)
        permutation[index] = (uint8_t)index;
    uint8_t other = 0;
    for (unsigned index = 0; index < 256; index++) {
        other = (uint8_t)(other + permutation[index] + key[index % sizeof key]);
        swap_bytes(&permutation[index], &permutation[other]);
    }
    position = exchange = 0;
    seeded = true;
}

void random_bytes(void *buffer, size_t size)
{
    uint8_t *byte = buffer;
    if (!seeded)
        random_init(0);
    while (size-- > 0) {
        position++;
        exchange = (uint8_t)(exchange + permutation[position]);
        swap_bytes(&permutation[position], &permutation[exchange]);
        *byte++ = permutation[(uint8_t)(permutation[position] + permutation[exchange])];
    }
}

unsigned long random_ulong(void)
{
    unsigned long value;
    random_bytes(&value, sizeof value);
    return value;
}
