/* Counts lines, words and bytes of files through stdio. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char *argv[])
{
    for (int i = 1; i < argc; i++) {
        FILE *file = fopen(argv[i], "r");
        if (file == NULL) {
            fprintf(stderr, "wc: %s: %s\n", argv[i],
                    errno == ENOENT ? "not there" : strerror(errno));
            return EXIT_FAILURE;
        }
        unsigned long lines = 0, words = 0, bytes = 0;
        int c, in_word = 0;
        while ((c = getc(file)) != EOF) {
            bytes++;
            lines += c == '\n';
            if (isspace(c))
                in_word = 0;
            else if (!in_word)
                in_word = 1, words++;
        }
        fclose(file);
        printf("%lu %lu %lu %s\n", lines, words, bytes, argv[i]);
    }
    return EXIT_SUCCESS;
}
