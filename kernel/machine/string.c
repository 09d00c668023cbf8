/* The memory functions that the compiler may call. */
#include "machine.h"

void *memset(void *destination, int value, size_t length_bytes)
{
    void *cursor = destination;
    size_t words = length_bytes / 8;
    size_t rest = length_bytes % 8;
    uint64_t pattern = (uint8_t)value * 0x0101010101010101ull;
    __asm__ volatile("rep stosq" : "+D"(cursor), "+c"(words) : "a"(pattern) : "memory");
    __asm__ volatile("rep stosb" : "+D"(cursor), "+c"(rest) : "a"(pattern) : "memory");
    return destination;
}

void *memcpy(void *restrict destination, const void *restrict source, size_t length_bytes)
{
    void *cursor = destination;
    size_t words = length_bytes / 8;
    size_t rest = length_bytes % 8;
    __asm__ volatile("rep movsq" : "+D"(cursor), "+S"(source), "+c"(words) : : "memory");
    __asm__ volatile("rep movsb" : "+D"(cursor), "+S"(source), "+c"(rest) : : "memory");
    return destination;
}

void *memmove(void *destination, const void *source, size_t length_bytes)
{
    if ((uintptr_t)destination - (uintptr_t)source >= length_bytes)
        return memcpy(destination, source, length_bytes);

    for (size_t i = length_bytes; i-- > 0;)
        ((volatile uint8_t *)destination)[i] = ((const uint8_t *)source)[i];
    return destination;
}

int memcmp(const void *left, const void *right, size_t length_bytes)
{
    const uint8_t *a = left, *b = right;
    for (size_t i = 0; i < length_bytes; i++)
        if (a[i] != b[i])
            return a[i] - b[i];
    return 0;
}

size_t strlen(const char *string)
{
    size_t length = 0;
    while (((const volatile char *)string)[length] != '\0')
        length++;
    return length;
}
