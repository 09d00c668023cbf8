/* Sorts the lines of a file into another: malloc, realloc, qsort, fgets, fputs. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int by_text(const void *left, const void *right)
{
    return strcmp(*(char *const *)left, *(char *const *)right);
}

int main(int argc, char **argv)
{
    char line[256], **lines = NULL;
    size_t count = 0, room = 0;
    FILE *from, *to;
    if (argc != 3 || !(from = fopen(argv[1], "r")) || !(to = fopen(argv[2], "w")))
        return EXIT_FAILURE;
    while (fgets(line, sizeof line, from)) {
        if (count == room) {
            room = room ? room * 2 : 4;
            lines = realloc(lines, room * sizeof *lines);
        }
        lines[count++] = strdup(line);
    }
    qsort(lines, count, sizeof *lines, by_text);
    for (size_t i = 0; i < count; i++)
        fputs(lines[i], to);
    if (fclose(to) != 0)
        return EXIT_FAILURE;
    printf("%zu lines\n", count);
    return EXIT_SUCCESS;
}
