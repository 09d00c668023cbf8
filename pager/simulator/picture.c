/*
 * See picture.h.
 */
#include "picture.h"

#include <inttypes.h>
#include <stdlib.h>

struct ranked_page {
    struct page_key key;
    uint32_t number;
};

static int compare(const void *a, const void *b)
{
    const struct page_key *x = &((const struct ranked_page *)a)->key;
    const struct page_key *y = &((const struct ranked_page *)b)->key;
    if (x->object != y->object)
        return x->object < y->object ? -1 : 1;
    return x->index < y->index ? -1 : x->index > y->index;
}

/* The row of each page. NULL: no memory. */
static uint32_t *rows_of_pages(const struct page_numbers *pages, unsigned rows)
{
    struct ranked_page *ranked = calloc((size_t)pages->count + 1, sizeof *ranked);
    uint32_t *row = calloc((size_t)pages->count + 1, sizeof *row);
    if (ranked != NULL && row != NULL) {
        for (uint32_t i = 0; i < pages->count; i++)
            ranked[i] = (struct ranked_page){pages->keys[i], i};
        qsort(ranked, pages->count, sizeof *ranked, compare);
        for (uint64_t rank = 0; rank < pages->count; rank++)
            row[ranked[rank].number] = (uint32_t)(rank * rows / pages->count);
    } else {
        free(row);
        row = NULL;
    }
    free(ranked);
    return row;
}

static void print_counts(FILE *out, const uint64_t *counts, unsigned columns, unsigned rows)
{
    for (unsigned row = 0; row < rows; row++) {
        for (unsigned column = 0; column < columns; column++)
            fprintf(out, "%s%" PRIu64, column != 0 ? " " : "", counts[row * columns + column]);
        fputc('\n', out);
    }
}

bool picture_print(FILE *out, const struct reference_string *string, unsigned columns,
                   unsigned rows, struct failure *failure)
{
    uint64_t count = string->references.count;
    if (rows > string->pages.count)
        rows = string->pages.count;
    if (columns > count)
        columns = (unsigned)count;
    uint32_t *row = rows_of_pages(&string->pages, rows);
    uint64_t *counts = calloc((size_t)columns * rows + 1, sizeof *counts);
    bool good = row != NULL && counts != NULL;
    for (uint64_t i = 0; good && i < count; i++) {
        uint32_t page = REFERENCE_PAGE(string->references.words[i]);
        uint64_t column = (uint64_t)((unsigned __int128)i * columns / count);
        counts[(size_t)row[page] * columns + column]++;
    }
    if (good) {
        fprintf(out, "# references %" PRIu64 " pages %u columns %u rows %u\n", count,
                string->pages.count, columns, rows);
        print_counts(out, counts, columns, rows);
    }
    free(row);
    free(counts);
    return good || refuse(failure, "out of memory: a picture of %u x %u", columns, rows);
}
