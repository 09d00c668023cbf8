/* cp FROM TO: copies one file. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

int main(int argc, char *argv[])
{
    static char buffer[65536];
    if (argc != 3) {
        fputs("usage: cp FROM TO\n", stderr);
        return 2;
    }
    struct stat status;
    int from = open(argv[1], O_RDONLY);
    if (from < 0 || fstat(from, &status) != 0) {
        perror(argv[1]);
        return 1;
    }
    int to = open(argv[2], O_WRONLY | O_CREAT | O_TRUNC, status.st_mode & 0777);
    if (to < 0) {
        perror(argv[2]);
        return 1;
    }
    ssize_t count;
    while ((count = read(from, buffer, sizeof buffer)) > 0) {
        if (write(to, buffer, (size_t)count) != count) {
            perror(argv[2]);
            return 1;
        }
    }
    if (count < 0)
        perror(argv[1]);
    return count < 0 || close(to) != 0;
}
