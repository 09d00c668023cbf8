/*
 * Products of square matrices, row after row in memory, in two orders of the same operations.
 * Arithmetic is modulo 2^64, so the orders give the same words.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* product = left x right, of which the first `rows` rows: for each element a whole row of `left`
   and a whole column of `right`, as the definition reads. */
void matrix_multiply_naive(uint64_t *product, const uint64_t *left, const uint64_t *right,
                           size_t edge, size_t rows);

/* The same, in blocks of `block` x `block` elements (the last ones smaller). While `block` rows of
   each matrix fit into the frames, `right` is read edge / block times, the others once. */
void matrix_multiply_blocked(uint64_t *product, const uint64_t *left, const uint64_t *right,
                             size_t edge, size_t rows, size_t block);

/*
 * Whether the product is right, by Freivalds' test (IFIP 1977): product x vector and
 * left x (right x vector) must agree for a vector of odd numbers made from the seed. A single wrong
 * element is always found (odd numbers have inverses), several with all but certainty.
 * `scratch` is of 2 * `edge` words. Cost: edge * (edge + 2 * rows).
 */
bool matrix_product_holds(const uint64_t *product, const uint64_t *left, const uint64_t *right,
                          size_t edge, size_t rows, uint64_t seed, uint64_t *scratch);
