/* cat [FILE...]: copies files, or the input, to the output. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int copy(int from)
{
    static char buffer[16384];
    ssize_t count;
    while ((count = read(from, buffer, sizeof buffer)) > 0)
        for (ssize_t done = 0; done < count;) {
            ssize_t written = write(STDOUT_FILENO, buffer + done, (size_t)(count - done));
            if (written <= 0)
                return 1;
            done += written;
        }
    return count < 0;
}

int main(int argc, char *argv[])
{
    int result = 0;
    if (argc < 2)
        return copy(STDIN_FILENO);
    for (int index = 1; index < argc; index++) {
        int descriptor = open(argv[index], O_RDONLY);
        if (descriptor < 0 || copy(descriptor) != 0) {
            perror(argv[index]);
            result = 1;
        }
        if (descriptor >= 0)
            close(descriptor);
    }
    return result;
}
