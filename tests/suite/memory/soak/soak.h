/*
 * The soak: eight workers do random operations on memory and files, and check what they find against
 * a model of their own. Everything follows from one seed, which a failure prints.
 *
 *      area               who writes it                       model of each worker
 *      private memory     its worker                          a version a page
 *      shared memory      all: a stripe of each page a worker a version a stripe
 *      shared file        all, by mapping and by write        a version a stripe
 *      own file           its worker, by mapping and by write a version a page, and one a private copy
 *
 * Contents follow from area, worker, page and version; version 0 is zeros.
 */
#pragma once

#include "../support/promise.h"

#define WORKERS 8u
#define STRIPE (PAGE / WORKERS) /* bytes of each shared page that one worker writes */

struct sizes {
    size_t private_pages, shared_pages, file_pages, own_pages;
};

struct worker {
    unsigned number;
    uint64_t random;
    uint64_t operations; /* done */
    const char *operation;
};
extern struct worker me;
extern struct sizes sizes;
extern uint64_t seed;

_Noreturn void soak_failed(const char *file, int line, const char *what);
#define SOAK_CHECK(condition) \
    ((condition) ? (void)0 : soak_failed(__FILE_NAME__, __LINE__, #condition))

uint64_t pick(uint64_t below);

enum area { AREA_PRIVATE = 1, AREA_SHARED, AREA_FILE, AREA_OWN, AREA_COPY };
/* The contents of `bytes` bytes at `at`. */
void put(void *at, size_t bytes, enum area area, size_t page, uint32_t version);
bool is(const void *at, size_t bytes, enum area area, size_t page, uint32_t version);

struct operation {
    const char *name;
    void (*run)(void);
    unsigned weight;
};

/* ---- the areas: prepare() before the workers are forked, begin() in each, check() all of the
   worker's at the end, and in children that it forks */
extern const struct operation private_operations[], shared_operations[], own_operations[];
extern const size_t private_operation_count, shared_operation_count, own_operation_count;
void private_begin(void);
void private_check(void);
void shared_prepare(void);
void shared_begin(void);
void shared_check(void);
void own_begin(void);
void own_check(void);
/* In a child: changes private pages, and finds what it wrote. */
void private_change_some(void);
