/* The patterns in which the file tests write and read. */
#pragma once

#include <stddef.h>

/* Creates the file and reads back that many zeros. */
void test_create(const char *file, size_t size);
/* Writes all in one call, reads it back in blocks. */
void test_full(const char *file, size_t size);
/* Writes blocks of `block` bytes in random order, reads them in another. */
void test_random_order(const char *file, size_t size, size_t block);
/* Writes blocks of `block` bytes in order (0: of random sizes of 1 to 1,031 bytes), and verifies. */
void test_sequence(const char *file, size_t size, size_t block);
