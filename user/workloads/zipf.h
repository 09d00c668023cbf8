/*
 * Zipf's distribution and powers of two, in integers only: the same on every machine.
 */
#pragma once

#include "random.h"

#include <stdbool.h>
#include <stdint.h>

#define FIXED_ONE (1ull << 32) /* fixed-point numbers have 32 bits behind the point */

/* log2(value) in fixed point; value >= 1. */
uint64_t fixed_log2(uint64_t value);
/* 2 ^ -exponent in fixed point; the exponent too. */
uint64_t fixed_power_of_half(uint64_t exponent);
/* number * hundredths / 100, cut off, without overflow for all logarithms and exponents up to 10. */
uint64_t fixed_scale(uint64_t number, uint64_t hundredths);

struct zipf {
    uint32_t count;
    uint64_t *cumulative; /* weights of ranks 0 to i */
};

/* Rank r of `count` (from 0) has the weight (r + 1) ^ -(hundredths / 100). False: no memory. */
bool zipf_begin(struct zipf *zipf, uint32_t count, uint64_t hundredths);
void zipf_end(struct zipf *zipf);
/* The rank that the next random number falls on. O(log count). */
uint32_t zipf_rank(const struct zipf *zipf, struct random_stream *random);
