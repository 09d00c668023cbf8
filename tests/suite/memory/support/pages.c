/* Contents of pages and files, and pressure on memory. */
#include "../../../../libsys/c/calls.h"
#include "promise.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define WORDS (PAGE / sizeof(uint64_t))
#define GOLDEN 0x9e3779b97f4a7c15ull /* odd, and no bit pattern repeats: 2^64 / golden ratio */

void page_fill(void *page, uint64_t seed)
{
    uint64_t *words = page, value = (seed + 1) * GOLDEN;
    for (size_t i = 0; i < WORDS; i++, value += GOLDEN)
        words[i] = value;
}

bool page_holds(const void *page, uint64_t seed)
{
    const uint64_t *words = page;
    uint64_t value = (seed + 1) * GOLDEN;
    for (size_t i = 0; i < WORDS; i++, value += GOLDEN) {
        if (words[i] != value)
            return false;
    }
    return true;
}

bool page_is_zero(const void *page)
{
    const uint64_t *words = page;
    for (size_t i = 0; i < WORDS; i++) {
        if (words[i] != 0)
            return false;
    }
    return true;
}

void fill(void *memory, size_t pages, uint64_t seed)
{
    for (size_t i = 0; i < pages; i++)
        page_fill((char *)memory + i * PAGE, seed + i);
}

bool holds(const void *memory, size_t pages, uint64_t seed)
{
    for (size_t i = 0; i < pages; i++) {
        if (!page_holds((const char *)memory + i * PAGE, seed + i))
            return false;
    }
    return true;
}

void *map_private(size_t pages)
{
    void *memory =
        mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(memory != MAP_FAILED);
    return memory;
}

void *map_shared(size_t pages)
{
    void *memory =
        mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(memory != MAP_FAILED);
    return memory;
}

void *map_file(int file, size_t first_page, size_t pages, int protection, int flags)
{
    void *memory = mmap(NULL, pages * PAGE, protection, flags, file, (off_t)(first_page * PAGE));
    CHECK(memory != MAP_FAILED);
    return memory;
}

void unmap(void *memory, size_t pages)
{
    CHECK(munmap(memory, pages * PAGE) == 0);
}

int file_make(const char *name, size_t pages, uint64_t seed)
{
    int file = open(name, O_RDWR | O_CREAT | O_TRUNC, 0644);
    CHECK(file >= 0);
    static uint64_t page[WORDS];
    for (size_t i = 0; i < pages; i++) {
        page_fill(page, seed + i);
        CHECK(write(file, page, PAGE) == (ssize_t)PAGE);
    }
    return file;
}

bool file_holds(int file, size_t first_page, size_t pages, uint64_t seed)
{
    static uint64_t page[WORDS];
    for (size_t i = 0; i < pages; i++) {
        if (pread(file, page, PAGE, (off_t)((first_page + i) * PAGE)) != (ssize_t)PAGE ||
            !page_holds(page, seed + i))
            return false;
    }
    return true;
}

off_t file_size(int file)
{
    struct stat status;
    CHECK(fstat(file, &status) == 0);
    return status.st_size;
}

struct group_statistics group_statistics(void)
{
    struct group_statistics group;
    CHECK(server_call(PAGER_HANDLE, PAGER_GROUP_STATISTICS, 0, (uintptr_t)&group, 0, 0, 0,
                      stack_pointer())
              .result == 0);
    return group;
}

struct system_statistics system_statistics(void)
{
    struct system_statistics system;
    CHECK(server_call(PAGER_HANDLE, PAGER_SYSTEM_STATISTICS, (uintptr_t)&system, 0, 0, 0, 0,
                      stack_pointer())
              .result == 0);
    return system;
}

size_t frame_budget(void)
{
    uint64_t limit = group_statistics().limit, total = system_statistics().frames_total;
    return limit < total ? limit : total;
}

void evict_everything(void)
{
    size_t pages = frame_budget() * 3 / 2;
    char *memory = map_private(pages);
    /* Twice: pages that look used are passed over once. */
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < pages; i++)
            memory[i * PAGE] = (char)(i + 1);
    }
    unmap(memory, pages);
}
