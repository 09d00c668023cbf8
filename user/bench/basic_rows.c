/*
 * The bare system call, and the loops that zeroing and copying a page take, so that a fault's
 * cost can be given without them.
 */
#include "rows.h"

#include <quire/system_call.h>
#include <stdlib.h>
#include <string.h>

#define REPETITIONS 256

void null_system_call(const char *row)
{
    struct samples samples = samples_begin(row, REPETITIONS);
    for (int index = 0; index < REPETITIONS; index++) {
        uint64_t start = ticks();
        sys_version();
        samples_add(&samples, ticks() - start);
    }
    samples_report(&samples, row, 1);
}

void zero_page(const char *row)
{
    struct samples samples = samples_begin(row, REPETITIONS);
    char *page = malloc(PAGE);
    require(page != NULL, row);
    for (int index = 0; index < REPETITIONS; index++) {
        uint64_t start = ticks();
        memset(page, 0, PAGE);
        samples_add(&samples, ticks() - start);
    }
    free(page);
    samples_report(&samples, row, 1);
}

void copy_page(const char *row)
{
    struct samples samples = samples_begin(row, REPETITIONS);
    char *pages = malloc(2 * PAGE);
    require(pages != NULL, row);
    memset(pages, 0, 2 * PAGE);
    for (int index = 0; index < REPETITIONS; index++) {
        uint64_t start = ticks();
        memcpy(pages, pages + PAGE, PAGE);
        samples_add(&samples, ticks() - start);
    }
    free(pages);
    samples_report(&samples, row, 1);
}
