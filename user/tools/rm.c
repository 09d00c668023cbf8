/* rm NAME...: removes files and empty directories. */
#include <stdio.h>

int main(int argc, char *argv[])
{
    int result = 0;
    for (int index = 1; index < argc; index++) {
        if (remove(argv[index]) != 0) {
            perror(argv[index]);
            result = 1;
        }
    }
    return result;
}
