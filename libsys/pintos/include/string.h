/* Memory and strings, with the BSD functions in place of the ones that overflow. */
#pragma once

#include <stddef.h>

void *memcpy(void *destination, const void *source, size_t size);
void *memmove(void *destination, const void *source, size_t size);
void *memset(void *memory, int value, size_t size);
int memcmp(const void *left, const void *right, size_t size);
void *memchr(const void *memory, int value, size_t size);

size_t strlen(const char *string);
size_t strnlen(const char *string, size_t limit);
int strcmp(const char *left, const char *right);
int strncmp(const char *left, const char *right, size_t limit);
char *strchr(const char *string, int character);
char *strrchr(const char *string, int character);
char *strstr(const char *string, const char *part);
char *strpbrk(const char *string, const char *stop);
size_t strspn(const char *string, const char *accepted);
size_t strcspn(const char *string, const char *rejected);
char *strtok_r(char *string, const char *delimiters, char **position);
size_t strlcpy(char *destination, const char *source, size_t size);
size_t strlcat(char *destination, const char *source, size_t size);
