/* The sample of the process tests (short.txt, which they see as sample.txt), linked in. */
#pragma once

#include <stddef.h>

extern char short_sample[];
#define SHORT_SAMPLE_BYTES ((size_t)373)
