/* A mapping of no bytes is refused. */
#include "../lib/data.h"
#include "../lib/suite.h"

void test_main(void)
{
    int descriptor = open_file("large.txt");
    CHECK(mmap(SAMPLE_ADDRESS, 0, 0, descriptor, 0) == MAP_FAILED, "mmap of no bytes is refused");
}
