/*
 * Memory functions without vector registers, which servers leave to programs. Blocks move by
 * the string instructions, eight bytes a step: the processor's own fast path on real
 * machines, and an eighth of the steps of a byte loop under an emulator.
 */
#include <stdint.h>
#include <string.h>

void *memcpy(void *restrict destination, const void *restrict source, size_t length)
{
    void *to = destination;
    size_t words = length / 8, bytes = length % 8;
    __asm__ volatile("rep movsq" : "+D"(to), "+S"(source), "+c"(words) : : "memory");
    __asm__ volatile("rep movsb" : "+D"(to), "+S"(source), "+c"(bytes) : : "memory");
    return destination;
}

void *memset(void *destination, int value, size_t length)
{
    void *to = destination;
    size_t words = length / 8, bytes = length % 8;
    uint64_t pattern = 0x0101010101010101ull * (unsigned char)value;
    __asm__ volatile("rep stosq" : "+D"(to), "+c"(words) : "a"(pattern) : "memory");
    __asm__ volatile("rep stosb" : "+D"(to), "+c"(bytes) : "a"(pattern) : "memory");
    return destination;
}

void *memmove(void *destination, const void *source, size_t length)
{
    unsigned char *to = destination;
    const unsigned char *from = source;

    /* Forwards is safe unless the destination begins inside the source. */
    if ((uintptr_t)to - (uintptr_t)from >= length)
        return memcpy(destination, source, length);
    while (length >= 8) {
        uint64_t word;
        length -= 8;
        __builtin_memcpy_inline(&word, from + length, 8);
        __builtin_memcpy_inline(to + length, &word, 8);
    }
    while (length > 0) {
        length--;
        to[length] = from[length];
    }
    return destination;
}

int memcmp(const void *left, const void *right, size_t length)
{
    const unsigned char *a = left, *b = right;
    for (size_t i = 0; i < length; i++)
        if (a[i] != b[i])
            return a[i] < b[i] ? -1 : 1;
    return 0;
}

void *memchr(const void *memory, int value, size_t length)
{
    const unsigned char *bytes = memory;
    for (size_t i = 0; i < length; i++)
        if (bytes[i] == (unsigned char)value)
            return (void *)(uintptr_t)(bytes + i);
    return NULL;
}
