/* Matrix products in both orders, and their check. */
#include "host_test.h"
#include "matrix.h"
#include "scramble.h"

#include <stdlib.h>
#include <string.h>

static uint64_t *make(size_t edge, uint64_t seed)
{
    uint64_t *matrix = malloc(edge * edge * sizeof *matrix);
    for (size_t i = 0; i < edge * edge; i++)
        matrix[i] = scramble(seed * 1000003 + i);
    return matrix;
}

static void both_orders_give_the_same_words(void **state)
{
    (void)state;
    for (size_t edge = 1; edge < 40; edge += 3) {
        uint64_t *left = make(edge, 1), *right = make(edge, 2);
        uint64_t *naive = make(edge, 3), *blocked = make(edge, 4);
        matrix_multiply_naive(naive, left, right, edge, edge);
        for (size_t block = 1; block <= edge + 1; block += 2) {
            matrix_multiply_blocked(blocked, left, right, edge, edge, block);
            assert_memory_equal(naive, blocked, edge * edge * sizeof *naive);
        }
        free(left);
        free(right);
        free(naive);
        free(blocked);
    }
}

static void only_the_rows_asked_for_are_written(void **state)
{
    (void)state;
    const size_t edge = 12;
    uint64_t *left = make(edge, 1), *right = make(edge, 2), *old = make(edge, 3);
    uint64_t *naive = make(edge, 3), *blocked = make(edge, 3);
    matrix_multiply_naive(naive, left, right, edge, 5);
    matrix_multiply_blocked(blocked, left, right, edge, 5, 4);
    assert_memory_equal(naive, blocked, edge * edge * sizeof *naive);
    assert_memory_equal(naive + 5 * edge, old + 5 * edge, 7 * edge * sizeof *naive);
    free(left);
    free(right);
    free(old);
    free(naive);
    free(blocked);
}

static void a_product_with_one_wrong_element_does_not_hold(void **state)
{
    (void)state;
    const size_t edge = 20;
    uint64_t *left = make(edge, 1), *right = make(edge, 2), *product = make(edge, 3);
    uint64_t *scratch = malloc(2 * edge * sizeof *scratch);
    matrix_multiply_naive(product, left, right, edge, edge);
    assert_true(matrix_product_holds(product, left, right, edge, edge, 7, scratch));
    for (size_t i = 0; i < edge * edge; i++) {
        uint64_t right_word = product[i];
        product[i] ^= 1ull << i % 64;
        assert_false(matrix_product_holds(product, left, right, edge, edge, 7, scratch));
        product[i] = right_word;
    }
    free(left);
    free(right);
    free(product);
    free(scratch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_orders_give_the_same_words),
        cmocka_unit_test(only_the_rows_asked_for_are_written),
        cmocka_unit_test(a_product_with_one_wrong_element_does_not_hold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
