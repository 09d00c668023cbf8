/* Command lines: words separated by blanks, as many blanks as one likes. */
#include "init.h"
#include "process.h"

#include <quire/errno.h>
#include <string.h>

static char *append(char *to, const char *text, size_t length)
{
    memcpy(to, text, length);
    return to + length;
}

int32_t command_parse(const char *directory, const char *line, struct arguments *arguments,
                      size_t *capacity)
{
    /* The path is the directory and the first word, and argv[0] that word alone. */
    *capacity = strlen(directory) + 2 * strlen(line) + 4;
    char *block = memory_allocate(*capacity);
    if (block == NULL)
        return -ENOMEM;
    char *to = block;
    uint32_t argc = 0;
    for (;;) {
        line += strspn(line, " \n");
        size_t length = strcspn(line, " \n");
        if (length == 0)
            break;
        if (argc == 0) {
            if (line[0] != '/') {
                to = append(to, directory, strlen(directory));
                *to++ = '/';
            }
            to = append(to, line, length);
            *to++ = '\0';
        }
        to = append(to, line, length);
        *to++ = '\0';
        argc++;
        line += length;
    }
    *arguments = (struct arguments){block, (size_t)(to - block), argc};
    if (argc > 0)
        return 0;
    memory_free(block, *capacity);
    return -ENOENT;
}
