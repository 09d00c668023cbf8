/* What is stored through a mapping is in the file after munmap. */
#include "../lib/data.h"
#include "../lib/suite.h"

#include <string.h>

void test_main(void)
{
    int descriptor;
    void *mapped;
    char buffer[1024];
    CHECK(create("sample.txt", (unsigned)SAMPLE_BYTES), "create \"sample.txt\"");
    descriptor = open_file("sample.txt");
    CHECK((mapped = mmap(SAMPLE_ADDRESS, PAGE_BYTES, 1, descriptor, 0)) != MAP_FAILED,
          "mmap \"sample.txt\"");
    memcpy(SAMPLE_ADDRESS, sample, SAMPLE_BYTES);
    munmap(mapped);
    CHECK(read(descriptor, buffer, (unsigned)SAMPLE_BYTES) == (int)SAMPLE_BYTES,
          "read \"sample.txt\"");
    CHECK(memcmp(buffer, sample, SAMPLE_BYTES) == 0, "the file has what was stored");
    close(descriptor);
}
