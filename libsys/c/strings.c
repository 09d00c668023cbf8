/* The string functions that programs have beyond those of the servers (../server/string.c). */
#include <string.h>

char *strpbrk(const char *string, const char *stop)
{
    string += strcspn(string, stop);
    return *string != '\0' ? (char *)string : NULL;
}

char *strtok_r(char *string, const char *delimiters, char **position)
{
    if (string == NULL)
        string = *position;
    string += strspn(string, delimiters);
    if (*string == '\0') {
        *position = string;
        return NULL;
    }
    char *end = string + strcspn(string, delimiters);
    if (*end != '\0')
        *end++ = '\0';
    *position = end;
    return string;
}

size_t strlcat(char *destination, const char *source, size_t size)
{
    size_t used = strnlen(destination, size);
    if (used == size)
        return size + strlen(source);
    return used + strlcpy(destination + used, source, size - used);
}
