/* What syn-read, syn-write and their children agree on. */
#pragma once

#define SYN_CHILDREN 10
#define SYN_READ_BYTES 1024
#define SYN_PART_BYTES 512
#define SYN_WRITE_BYTES (SYN_CHILDREN * SYN_PART_BYTES)
#define SYN_READ_FILE "shared.dat"
#define SYN_WRITE_FILE "parts.dat"
