/* Packing of argument blocks: see arguments.h. */
#include "arguments.h"

#include <string.h>

static char *const nothing[] = {NULL};

size_t arguments_measure(const char *path, char *const argv[], char *const environment[],
                         size_t *count)
{
    size_t bytes = strlen(path) + 1;
    size_t index = 0;
    for (; argv[index] != NULL; index++)
        bytes += strlen(argv[index]) + 1;
    *count = index;
    for (environment = environment != NULL ? environment : nothing; *environment != NULL;)
        bytes += strlen(*environment++) + 1;
    return bytes;
}

static char *append(char *to, const char *string)
{
    size_t bytes = strlen(string) + 1;
    memcpy(to, string, bytes);
    return to + bytes;
}

void arguments_pack(char *block, const char *path, char *const argv[], char *const environment[])
{
    block = append(block, path);
    for (size_t index = 0; argv[index] != NULL; index++)
        block = append(block, argv[index]);
    for (environment = environment != NULL ? environment : nothing; *environment != NULL;)
        block = append(block, *environment++);
}
