/* Files as memory: mapped_file.h. */
#include "mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

void *map_new_file(const char *path, size_t bytes)
{
    int file = open(path, O_RDWR | O_CREAT | O_TRUNC, 0644);
    if (file < 0)
        return NULL;
    void *memory = MAP_FAILED;
    if (ftruncate(file, (off_t)bytes) == 0)
        memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    return memory == MAP_FAILED ? NULL : memory;
}

void unmap_file(void *memory, size_t bytes)
{
    munmap(memory, bytes);
}
