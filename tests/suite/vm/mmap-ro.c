/* A store into a mapping that is not writable kills the process. */
#include "../lib/data.h"
#include "../lib/suite.h"

void test_main(void)
{
    int descriptor = open_file("large.txt");
    CHECK(mmap(SAMPLE_ADDRESS, PAGE_BYTES, 0, descriptor, 0) != MAP_FAILED, "mmap \"large.txt\"");
    msg("store into the read-only mapping");
    *(volatile int *)SAMPLE_ADDRESS = 0;
    fail("the store went through");
}
