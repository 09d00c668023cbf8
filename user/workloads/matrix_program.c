/*
 * matrix-multiply: the product of two square matrices, in the order of the definition or in blocks.
 * The definition's order goes through all of the right factor for each element: where that does not
 * fit into the frames, ask for a few rows (rows=N) only.
 */
#include "application.h"
#include "matrix.h"
#include "scramble.h"
#include "workload.h"

enum { ORDER = OVER + 1, BLOCK, ROWS, END };

#define NAIVE 0

static struct parameter parameters[] = {
    APPLICATION_PARAMETERS,
    APPLICATION_OVER(memory),
    [ORDER] = {.name = "order", .meaning = "default naive", .choices = "naive|blocked"},
    [BLOCK] = {.name = "block", .meaning = "edge of a block; default: by the frames"},
    [ROWS] = {.name = "rows", .meaning = "of the product; default: all"},
    [END] = {0},
};

/* The largest edge with which three matrices take no more pages. */
static uint64_t edge_for(uint64_t pages)
{
    uint64_t edge = 1;
    while (3 * (edge + 1) * (edge + 1) * sizeof(uint64_t) <= pages * PAGE_BYTES)
        edge++;
    return edge;
}

/* So many rows of each of the three matrices take three quarters of the frames. */
static uint64_t block_for(const struct application *application, uint64_t edge)
{
    if (parameters[BLOCK].given && parameters[BLOCK].value > 0)
        return parameters[BLOCK].value;
    uint64_t rows = application->frames / 4 * PAGE_BYTES / (edge * sizeof(uint64_t)) + 1;
    return rows < edge ? rows : edge;
}

static uint64_t *make(const struct application *application, const char *file, uint64_t edge,
                      uint64_t base)
{
    uint64_t *matrix = application_memory(application, file, edge * edge * sizeof *matrix);
    for (uint64_t i = 0; i < edge * edge; i++)
        matrix[i] = scramble(base + i);
    return matrix;
}

int main(int argc, char *argv[])
{
    struct application application = application_begin(argc, argv, parameters, &parameters[OVER]);
    uint64_t edge = edge_for(application.pages);
    uint64_t rows = parameters[ROWS].given ? parameters[ROWS].value : edge;
    if (rows == 0 || rows > edge)
        workload_fail("matrix-multiply: rows= is from 1 to %lu", (unsigned long)edge);
    uint64_t bytes = edge * edge * sizeof(uint64_t);
    uint64_t *left = make(&application, "matrix-multiply.left", edge, application.base);
    uint64_t *right = make(&application, "matrix-multiply.right", edge, ~application.base);
    uint64_t *product = application_memory(&application, "matrix-multiply.product", bytes);
    uint64_t *scratch = workload_memory(2 * edge * sizeof *scratch);

    struct group_statistics before;
    workload_start(&before);
    if (parameters[ORDER].value == NAIVE)
        matrix_multiply_naive(product, left, right, edge, rows);
    else
        matrix_multiply_blocked(product, left, right, edge, rows, block_for(&application, edge));
    if (!matrix_product_holds(product, left, right, edge, rows, application.base, scratch))
        workload_fail("matrix-multiply: the product is wrong");
    uint64_t check = CHECK_BEGIN;
    for (uint64_t i = 0; i < rows * edge; i++)
        check = check_add(check, product[i]);
    workload_result("matrix-multiply", rows * edge, check, &before);
    application_release(&application, "matrix-multiply.left", left, bytes);
    application_release(&application, "matrix-multiply.right", right, bytes);
    application_release(&application, "matrix-multiply.product", product, bytes);
    return 0;
}
