/* The data files of the suite as linked-in copies, each one byte longer (a terminating zero). */
#pragma once

#include <stddef.h>

extern char sample[]; /* sample.txt */
extern char small[];  /* small.txt */
extern char large[];  /* large.txt, in the data segment */
#define SAMPLE_BYTES ((size_t)794)
#define SMALL_BYTES ((size_t)10016)
#define LARGE_BYTES ((size_t)2002990)
#define SAMPLE_ADDRESS ((char *)0x10000000)
