/* mkdir NAME...: makes directories. */
#include <stdio.h>
#include <sys/stat.h>

int main(int argc, char *argv[])
{
    int result = 0;
    for (int index = 1; index < argc; index++) {
        if (mkdir(argv[index], 0755) != 0) {
            perror(argv[index]);
            result = 1;
        }
    }
    return result;
}
