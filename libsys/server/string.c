/*
 * String functions of servers: what the standard says, in the shortest form.
 */
#include <stdint.h>
#include <string.h>

size_t strlen(const char *string)
{
    size_t length = 0;
    while (string[length] != '\0')
        length++;
    return length;
}

size_t strnlen(const char *string, size_t limit)
{
    size_t length = 0;
    while (length < limit && string[length] != '\0')
        length++;
    return length;
}

int strcmp(const char *left, const char *right)
{
    return strncmp(left, right, SIZE_MAX);
}

int strncmp(const char *left, const char *right, size_t limit)
{
    for (size_t i = 0; i < limit; i++) {
        unsigned char a = (unsigned char)left[i], b = (unsigned char)right[i];
        if (a != b)
            return a < b ? -1 : 1;
        if (a == '\0')
            break;
    }
    return 0;
}

char *strchr(const char *string, int character)
{
    for (;; string++) {
        if (*string == (char)character)
            return (char *)(uintptr_t)string;
        if (*string == '\0')
            return NULL;
    }
}

char *strrchr(const char *string, int character)
{
    const char *found = NULL;
    for (;; string++) {
        if (*string == (char)character)
            found = string;
        if (*string == '\0')
            return (char *)(uintptr_t)found;
    }
}

char *strstr(const char *string, const char *part)
{
    size_t length = strlen(part);
    for (;; string++) {
        if (strncmp(string, part, length) == 0)
            return (char *)(uintptr_t)string;
        if (*string == '\0')
            return NULL;
    }
}

size_t strspn(const char *string, const char *accepted)
{
    size_t length = 0;
    while (string[length] != '\0' && strchr(accepted, string[length]) != NULL)
        length++;
    return length;
}

size_t strcspn(const char *string, const char *rejected)
{
    size_t length = 0;
    while (string[length] != '\0' && strchr(rejected, string[length]) == NULL)
        length++;
    return length;
}

size_t strlcpy(char *destination, const char *source, size_t capacity)
{
    size_t length = strlen(source);
    if (capacity > 0) {
        size_t copied = length < capacity ? length : capacity - 1;
        memcpy(destination, source, copied);
        destination[copied] = '\0';
    }
    return length;
}
