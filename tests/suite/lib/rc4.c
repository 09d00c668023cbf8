/* RC4: see rc4.h. */
#include "rc4.h"

static void swap_bytes(uint8_t *left, uint8_t *right)
{
    uint8_t kept = *left;
    *left = *right;
    *right = kept;
}

void rc4_start(struct rc4 *rc4, const void *key, size_t size)
{
    const uint8_t *bytes = key;
    uint8_t j = 0;
    for (unsigned i = 0; i < 256; i++)
        rc4->state[i] = (uint8_t)i;
    for (unsigned i = 0; i < 256; i++) {
        j = (uint8_t)(j + rc4->state[i] + bytes[i % size]);
        swap_bytes(&rc4->state[i], &rc4->state[j]);
    }
    rc4->i = rc4->j = 0;
}

void rc4_crypt(struct rc4 *rc4, void *buffer, size_t size)
{
    uint8_t *byte = buffer;
    while (size-- > 0) {
        rc4->i++;
        rc4->j = (uint8_t)(rc4->j + rc4->state[rc4->i]);
        swap_bytes(&rc4->state[rc4->i], &rc4->state[rc4->j]);
        *byte++ ^= rc4->state[(uint8_t)(rc4->state[rc4->i] + rc4->state[rc4->j])];
    }
}
