/* Matrix products: matrix.h. */
#include "matrix.h"

#include "scramble.h"

#include <string.h>

static size_t least(size_t left, size_t right)
{
    return left < right ? left : right;
}

void matrix_multiply_naive(uint64_t *product, const uint64_t *left, const uint64_t *right,
                           size_t edge, size_t rows)
{
    for (size_t row = 0; row < rows; row++) {
        for (size_t column = 0; column < edge; column++) {
            uint64_t sum = 0;
            for (size_t inner = 0; inner < edge; inner++)
                sum += left[row * edge + inner] * right[inner * edge + column];
            product[row * edge + column] = sum;
        }
    }
}

struct block {
    size_t row, row_end, inner, inner_end, column, column_end;
};

/* Adds what one block of each factor contributes. */
static void multiply_block(uint64_t *product, const uint64_t *left, const uint64_t *right,
                           size_t edge, const struct block *block)
{
    for (size_t row = block->row; row < block->row_end; row++) {
        uint64_t *sums = product + row * edge;
        for (size_t inner = block->inner; inner < block->inner_end; inner++) {
            uint64_t factor = left[row * edge + inner];
            const uint64_t *line = right + inner * edge;
            for (size_t column = block->column; column < block->column_end; column++)
                sums[column] += factor * line[column];
        }
    }
}

void matrix_multiply_blocked(uint64_t *product, const uint64_t *left, const uint64_t *right,
                             size_t edge, size_t rows, size_t block)
{
    struct block at;
    memset(product, 0, rows * edge * sizeof *product);
    for (at.row = 0; at.row < rows; at.row += block) {
        at.row_end = least(rows, at.row + block);
        for (at.inner = 0; at.inner < edge; at.inner += block) {
            at.inner_end = least(edge, at.inner + block);
            /* Along the rows, in which the elements lie: so pages are left only when done with. */
            for (at.column = 0; at.column < edge; at.column += block) {
                at.column_end = least(edge, at.column + block);
                multiply_block(product, left, right, edge, &at);
            }
        }
    }
}

static uint64_t row_times_vector(const uint64_t *row, const uint64_t *vector, size_t edge)
{
    uint64_t sum = 0;
    for (size_t column = 0; column < edge; column++)
        sum += row[column] * vector[column];
    return sum;
}

bool matrix_product_holds(const uint64_t *product, const uint64_t *left, const uint64_t *right,
                          size_t edge, size_t rows, uint64_t seed, uint64_t *scratch)
{
    uint64_t *vector = scratch, *right_times_vector = scratch + edge;
    for (size_t i = 0; i < edge; i++)
        vector[i] = scramble(seed + i) | 1;
    for (size_t row = 0; row < edge; row++)
        right_times_vector[row] = row_times_vector(right + row * edge, vector, edge);
    for (size_t row = 0; row < rows; row++)
        if (row_times_vector(product + row * edge, vector, edge) !=
            row_times_vector(left + row * edge, right_times_vector, edge))
            return false;
    return true;
}
