/* A mapping of a file's second page changes that page and no other. */
#include "../lib/data.h"
#include "../lib/suite.h"

#include <string.h>

static char buffer[PAGE_BYTES];

void test_main(void)
{
    int descriptor = open_file("large.txt");
    void *mapped;
    CHECK((mapped = mmap(SAMPLE_ADDRESS, PAGE_BYTES, 1, descriptor, PAGE_BYTES)) == SAMPLE_ADDRESS,
          "mmap the second page of \"large.txt\"");
    close(descriptor);
    CHECK(memcmp(SAMPLE_ADDRESS, large + PAGE_BYTES, PAGE_BYTES) == 0,
          "compare with the second page");
    memset(SAMPLE_ADDRESS, 0, PAGE_BYTES);
    munmap(mapped);

    CHECK((descriptor = open("large.txt")) > 1, "open \"large.txt\" again");
    CHECK(read(descriptor, buffer, PAGE_BYTES) == PAGE_BYTES, "read the first page");
    CHECK(memcmp(buffer, large, PAGE_BYTES) == 0, "the first page is unchanged");
    CHECK(read(descriptor, buffer, PAGE_BYTES) == PAGE_BYTES, "read the second page");
    for (size_t index = 0; index < PAGE_BYTES; index++)
        if (buffer[index] != 0)
            fail("byte %zu of the second page is not zero", index);
    close(descriptor);
}
