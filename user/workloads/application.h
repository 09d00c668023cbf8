/*
 * What the workloads that are applications share: how much data, where it lies, from which seed.
 *
 *      frames=N        what the program may use; default: the limit of its group
 *      pages=N         pages of data; default: ratio=PERCENT of the frames
 *      seed=N
 *      over=file       the data is a mapped file ...
 *      over=memory     ... or anonymous memory
 *
 * With pages= given the same work is done in any number of frames, and has the same check value.
 */
#pragma once

#include "parameters.h"

#include <stddef.h>
#include <stdint.h>

/* The first entries of an application's table of parameters; OVER only where it has the choice. */
enum { FRAMES, PAGES, RATIO, SEED, OVER };

#define RATIO_DEFAULT 200
#define OVER_file 0
#define OVER_memory 1

#define APPLICATION_PARAMETERS                                                                    \
    [FRAMES] = {.name = "frames", .meaning = "that it may use; default: the limit of its group"}, \
    [PAGES] = {.name = "pages", .meaning = "of data; default: by ratio"},                         \
    [RATIO] = {.name = "ratio",                                                                   \
               .meaning = "percent of the frames; default 200",                                   \
               .value = RATIO_DEFAULT},                                                           \
    [SEED] = {.name = "seed", .meaning = "default 1", .value = 1}

#define APPLICATION_OVER(default_over)                                \
    [OVER] = {.name = "over",                                         \
              .meaning = "where the data is; default " #default_over, \
              .choices = "file|memory",                               \
              .value = OVER_##default_over}

struct application {
    uint64_t frames, pages;
    uint64_t base;  /* of all data: scramble(base + i), far from that of other seeds */
    bool over_file; /* for application_memory() */
};

/* Reads the command line into a table that begins with APPLICATION_PARAMETERS; what is wrong ends
   the program. `over` is the table's entry of that name, NULL if it has none. */
struct application application_begin(int argc, char *argv[], struct parameter *table,
                                     const struct parameter *over);
/* Zeros, in a new file of that name or in anonymous memory, or the program ends. */
void *application_memory(const struct application *application, const char *file, uint64_t bytes);
/* The memory is no longer used: it, and its file, cease to exist. */
void application_release(const struct application *application, const char *file, void *memory,
                         uint64_t bytes);
