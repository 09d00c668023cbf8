/* A mapping outlives its descriptor. */
#include "../lib/data.h"
#include "../lib/suite.h"

#include <string.h>

void test_main(void)
{
    void *mapped;
    int descriptor = open_file("sample.txt");
    CHECK((mapped = mmap(SAMPLE_ADDRESS, PAGE_BYTES, 0, descriptor, 0)) != MAP_FAILED,
          "mmap \"sample.txt\"");
    close(descriptor);
    if (memcmp(SAMPLE_ADDRESS, sample, SAMPLE_BYTES) != 0)
        fail("the mapping does not show the file");
    munmap(mapped);
}
