/* Command lines: words separated by blanks, as many blanks as one likes. */
#include "init.h"
#include "process.h"

#include <quire/errno.h>
#include <string.h>

int32_t command_parse(const char *line, struct arguments *arguments, size_t *capacity)
{
    /* The path is the first word, and argv[0] the same once more. */
    *capacity = 2 * strlen(line) + 3;
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
        for (int copies = argc == 0 ? 2 : 1; copies > 0; copies--) {
            memcpy(to, line, length);
            to[length] = '\0';
            to += length + 1;
        }
        argc++;
        line += length;
    }
    *arguments = (struct arguments){block, (size_t)(to - block), argc};
    if (argc > 0)
        return 0;
    memory_free(block, *capacity);
    return -ENOENT;
}
