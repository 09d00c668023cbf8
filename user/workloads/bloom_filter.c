/* Bloom filters: bloom_filter.h. */
#include "bloom_filter.h"

#include "scramble.h"

size_t bloom_words(uint64_t keys)
{
    return (size_t)(keys * BLOOM_BITS_A_KEY / 64 + 1);
}

static uint64_t stride_of(uint64_t hash)
{
    return hash >> 32 | 1;
}

void bloom_add(uint64_t *bits, size_t words, uint64_t key)
{
    uint64_t hash = scramble(key);
    for (unsigned probe = 0; probe < BLOOM_PROBES; probe++) {
        uint64_t bit = (hash + probe * stride_of(hash)) % (words * 64);
        bits[bit / 64] |= 1ull << bit % 64;
    }
}

bool bloom_may_have(const uint64_t *bits, size_t words, uint64_t key)
{
    uint64_t hash = scramble(key);
    for (unsigned probe = 0; probe < BLOOM_PROBES; probe++) {
        uint64_t bit = (hash + probe * stride_of(hash)) % (words * 64);
        if ((bits[bit / 64] & 1ull << bit % 64) == 0)
            return false;
    }
    return true;
}
