/* A mapped file larger than the memory for it, compared with its copy in the data segment. */
#include "../lib/data.h"
#include "../lib/suite.h"

#include <round.h>
#include <string.h>

void test_main(void)
{
    int descriptor = open_file("large.txt");
    size_t end = ROUND_UP(LARGE_BYTES + 1, PAGE_BYTES);
    void *mapped;
    CHECK((mapped = mmap(SAMPLE_ADDRESS, LARGE_BYTES + 1, 0, descriptor, 0)) != MAP_FAILED,
          "mmap \"large.txt\"");
    CHECK(memcmp(SAMPLE_ADDRESS, large, LARGE_BYTES) == 0, "compare with the copy");
    for (size_t index = LARGE_BYTES; index < end; index++)
        if (SAMPLE_ADDRESS[index] != 0)
            fail("byte %zu behind the end is not zero", index);
    munmap(mapped);
    close(descriptor);
}
