/*
 * The check value of a row of numbers: FNV-1a over 64-bit words. The basis is the one that the
 * published values of reference strings begin with, which is FNV's own without its last digit.
 */
#pragma once

#include <stdint.h>

#define CHECK_BEGIN 1469598103934665603ull
#define CHECK_PRIME 1099511628211ull

static inline uint64_t check_add(uint64_t check, uint64_t word)
{
    return (check ^ word) * CHECK_PRIME;
}
