/* Children add up parts of a mapped file; the parts come back in shared memory. */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHILDREN 4

int main(int argc, char *argv[])
{
    struct stat status;
    int fd = argc == 2 ? open(argv[1], O_RDONLY) : -1;
    if (fd < 0 || fstat(fd, &status) != 0) {
        perror("sum");
        return 2;
    }
    size_t size = (size_t)status.st_size;
    const unsigned char *bytes = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
    uint64_t *sums = mmap(NULL, sizeof(uint64_t) * CHILDREN, PROT_READ | PROT_WRITE,
                          MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (bytes == MAP_FAILED || sums == MAP_FAILED) {
        perror("mmap");
        return 2;
    }
    for (int child = 0; child < CHILDREN; child++) {
        pid_t pid = fork();
        if (pid == 0) {
            for (size_t i = (size_t)child; i < size; i += CHILDREN)
                sums[child] += bytes[i];
            _exit(child);
        }
    }
    int done = 0, state;
    while (wait(&state) > 0)
        done += WIFEXITED(state) ? 1 + WEXITSTATUS(state) : 100;
    uint64_t total = 0;
    for (int child = 0; child < CHILDREN; child++)
        total += sums[child];
    printf("%llu %d\n", (unsigned long long)total, done);
    return munmap((void *)bytes, size);
}
