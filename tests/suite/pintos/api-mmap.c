/* mmap() and munmap() of the Pintos library at their edges; what they do in the middle, tests/suite/vm has. */
#include "../lib/suite.h"

#include <string.h>

#define LIMIT 0x8004000000ul /* where programs' addresses end */
#define FREE_ADDRESS ((char *)0x10000000)
#define OTHER_ADDRESS ((char *)0x20000000)

/* What wait() returned. Asked for before the line that tells of it, which would race with the child's. */
static int status;

static bool refused(uintptr_t address, size_t length, int descriptor, off_t offset)
{
    return mmap((void *)address, length, 1, descriptor, offset) == MAP_FAILED;
}

static void check_ranges(int descriptor)
{
    CHECK(refused(0x10000000, SIZE_MAX, descriptor, 0), "a length that wraps around");
    CHECK(refused(0x10000000, SIZE_MAX - 0x10000000 + 1, descriptor, 0), "one that ends at 0");
    CHECK(refused(-(uintptr_t)PAGE_BYTES, PAGE_BYTES, descriptor, 0), "the last page there is");
    CHECK(refused(LIMIT - PAGE_BYTES, 2 * PAGE_BYTES, descriptor, 0), "half beyond the limit");
    CHECK(refused(LIMIT, 1, descriptor, 0), "all beyond it");
    CHECK(refused(1ul << 47, PAGE_BYTES, descriptor, 0), "no address of the processor's at all");
}

static void check_arguments(int descriptor)
{
    CHECK(refused(0x10000001, 1, descriptor, 0) && refused(0x10000800, 1, descriptor, 0),
          "addresses inside a page");
    CHECK(refused(0x10000000, 1, descriptor, -PAGE_BYTES), "a negative offset");
    CHECK(refused(0x10000000, 1, descriptor, 1), "an offset inside a page");
    CHECK(refused(0x10000000, 1, 0, 0) && refused(0x10000000, 1, 1, 0), "the console");
    CHECK(refused(0x10000000, 1, -1, 0) && refused(0x10000000, 1, 1000000, 0), "no descriptor");
    int directory = open_file(".");
    CHECK(refused(0x10000000, 1, directory, 0), "a directory");
    close(directory);
    CHECK(get_phys_addr(FREE_ADDRESS) == NULL, "nothing of it is mapped");
}

static void check_contents(int descriptor)
{
    char bytes[8] = "";
    CHECK(mmap(FREE_ADDRESS, 3, 1, descriptor, 0) == FREE_ADDRESS, "a length inside a page");
    CHECK(mmap(OTHER_ADDRESS, PAGE_BYTES, 1, descriptor, 0) == OTHER_ADDRESS, "the file again");
    CHECK(memcmp(FREE_ADDRESS, "0123456789", 10) == 0 && FREE_ADDRESS[10] == 0, "all of its page");
    FREE_ADDRESS[1] = 'x';
    CHECK(OTHER_ADDRESS[1] == 'x', "a change through one is seen through the other");
    seek(descriptor, 0);
    CHECK(read(descriptor, bytes, 3) == 3 && bytes[1] == 'x', "and by read");
    seek(descriptor, 2);
    write(descriptor, "yz", 2);
    CHECK(FREE_ADDRESS[2] == 'y' && OTHER_ADDRESS[3] == 'z', "and a write through both");
    memset(FREE_ADDRESS + 10, 'e', 100);
    munmap(FREE_ADDRESS + 1);
    munmap(FREE_ADDRESS + PAGE_BYTES);
    munmap(NULL);
    CHECK(FREE_ADDRESS[0] == '0', "munmap of what mmap did not return does nothing");
    munmap(FREE_ADDRESS);
    munmap(OTHER_ADDRESS);
    CHECK(filesize(descriptor) == 10, "bytes behind the end make the file no longer");
    CHECK(get_phys_addr(FREE_ADDRESS) == NULL, "the mapping is gone");
    pid_t child = fork("toucher");
    if (child == 0)
        exit(*(volatile char *)FREE_ADDRESS);
    status = wait(child);
    CHECK(status == -1, "who touches it is killed");
}

void test_main(void)
{
    CHECK(create("data", 0), "create \"data\"");
    int descriptor = open_file("data");
    CHECK(write(descriptor, "0123456789", 10) == 10, "write to it");
    check_ranges(descriptor);
    check_arguments(descriptor);
    check_contents(descriptor);
}
