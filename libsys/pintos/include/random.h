/* Pseudo-random numbers: the key stream of RC4 under the four bytes of the seed. */
#pragma once

#include <stddef.h>

/* Seed 0 is in force until this is called. */
void random_init(unsigned seed);
void random_bytes(void *buffer, size_t size);
/* Eight bytes of the stream, little-endian. */
unsigned long random_ulong(void);
