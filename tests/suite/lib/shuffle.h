/* The shuffle of page-shuffle and mmap-shuffle, from the seeded generator. */
#pragma once

#include <stddef.h>

/* Exchanges byte i with byte i + (number mod (count - i)), for each i in turn. */
void shuffle_bytes(char *bytes, size_t count);
/* Fills `bytes` with i * 257, prints its checksum, then ten times shuffles and prints. */
void shuffle_ten_times(char *bytes, size_t count);
