/*
 * Numbers that look random, each from its position alone: data can be made in any order and
 * checked anywhere without a copy of it.
 */
#pragma once

#include <stdint.h>

/* A bijection of the 64-bit numbers (the last step of SplitMix64; Steele, Lea, Flood, OOPSLA 2014):
   different positions never get the same number. */
static inline uint64_t scramble(uint64_t position)
{
    uint64_t number = position + 0x9e3779b97f4a7c15u;
    number = (number ^ number >> 30) * 0xbf58476d1ce4e5b9u;
    number = (number ^ number >> 27) * 0x94d049bb133111ebu;
    return number ^ number >> 31;
}

/*
 * The numbers 0 .. count - 1 in a mixed order, without a table: position p has
 * (p * step + shift) mod count, where step has no divisor in common with count.
 */
struct mixed_order {
    uint64_t count, step, shift;
};

static inline uint64_t greatest_common_divisor(uint64_t left, uint64_t right)
{
    while (right != 0) {
        uint64_t rest = left % right;
        left = right;
        right = rest;
    }
    return left;
}

/* `count` at least 1 and below 2^32. */
static inline struct mixed_order mixed_order(uint64_t count, uint64_t seed)
{
    struct mixed_order order = {
        .count = count, .step = scramble(seed) % count, .shift = scramble(~seed) % count};
    while (greatest_common_divisor(order.step, count) != 1)
        order.step = (order.step + 1) % count;
    return order;
}

static inline uint64_t mixed_order_at(const struct mixed_order *order, uint64_t position)
{
    return (position % order->count * order->step + order->shift) % order->count;
}
