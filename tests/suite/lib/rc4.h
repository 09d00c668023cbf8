/* The RC4 stream cipher: the suite's cheap way to fill and scramble memory. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct rc4 {
    uint8_t state[256];
    uint8_t i, j;
};

/* Sets the state up from the key; no output is dropped. */
void rc4_start(struct rc4 *rc4, const void *key, size_t size);
/* Exclusive-ors the key stream onto the buffer. */
void rc4_crypt(struct rc4 *rc4, void *buffer, size_t size);
