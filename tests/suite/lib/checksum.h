/* The checksum of POSIX cksum: CRC-32, polynomial 0x04c11db7, over the bytes and their number. */
#pragma once

#include <stddef.h>

unsigned long checksum(const void *memory, size_t size);
