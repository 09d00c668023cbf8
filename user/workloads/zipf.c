/*
 * See zipf.h. All results are cut off, never rounded: the published check values of reference
 * strings depend on each last bit.
 */
#include "zipf.h"

#include <stdlib.h>

#define FRACTION_BITS 32
#define MANTISSA_BITS 31

/* 2 ^ -(1/2), 2 ^ -(1/4), 2 ^ -(1/8) and so on, in fixed point. */
static const uint32_t roots_of_half[FRACTION_BITS] = {
    3037000499u, 3611622602u, 3938502375u, 4112874773u, 4202935003u, 4248701964u, 4271771996u,
    4283353945u, 4289156690u, 4292061009u, 4293513906u, 4294240539u, 4294603902u, 4294785595u,
    4294876444u, 4294921870u, 4294944583u, 4294955939u, 4294961617u, 4294964456u, 4294965876u,
    4294966586u, 4294966941u, 4294967118u, 4294967207u, 4294967251u, 4294967273u, 4294967284u,
    4294967290u, 4294967293u, 4294967294u, 4294967295u};

/* The mantissa, in [1, 2), is squared once for each bit: where the square is 2 or more the bit is
   set, and the square is halved. */
uint64_t fixed_log2(uint64_t value)
{
    unsigned whole = 63 - (unsigned)__builtin_clzll(value);
    uint64_t mantissa = whole >= MANTISSA_BITS ? value >> (whole - MANTISSA_BITS)
                                               : value << (MANTISSA_BITS - whole);
    uint64_t fraction = 0;
    for (unsigned bit = FRACTION_BITS; bit-- > 0;) {
        mantissa = mantissa * mantissa >> MANTISSA_BITS;
        if (mantissa >= 2ull << MANTISSA_BITS) {
            mantissa >>= 1;
            fraction |= 1ull << bit;
        }
    }
    return (uint64_t)whole << FRACTION_BITS | fraction;
}

uint64_t fixed_power_of_half(uint64_t exponent)
{
    uint64_t whole = exponent >> FRACTION_BITS;
    if (whole > FRACTION_BITS)
        return 0;
    uint64_t power = FIXED_ONE;
    for (unsigned i = 0; i < FRACTION_BITS; i++) {
        if (exponent >> (FRACTION_BITS - 1 - i) & 1)
            power = power * roots_of_half[i] >> FRACTION_BITS;
    }
    return power >> whole;
}

uint64_t fixed_scale(uint64_t number, uint64_t hundredths)
{
    return number / 100 * hundredths + number % 100 * hundredths / 100;
}

bool zipf_begin(struct zipf *zipf, uint32_t count, uint64_t hundredths)
{
    zipf->count = count;
    zipf->cumulative = malloc(count * sizeof *zipf->cumulative);
    if (zipf->cumulative == NULL)
        return false;
    uint64_t sum = 0;
    for (uint32_t rank = 0; rank < count; rank++) {
        sum += fixed_power_of_half(fixed_scale(fixed_log2((uint64_t)rank + 1), hundredths));
        zipf->cumulative[rank] = sum;
    }
    return true;
}

void zipf_end(struct zipf *zipf)
{
    free(zipf->cumulative);
    zipf->cumulative = NULL;
}

uint32_t zipf_rank(const struct zipf *zipf, struct random_stream *random)
{
    uint64_t weight = random_below(random, zipf->cumulative[zipf->count - 1]);
    uint32_t low = 0, high = zipf->count - 1;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (zipf->cumulative[middle] > weight)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}
