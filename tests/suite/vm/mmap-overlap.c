/* A mapping may not lie over another one. */
#include "../lib/data.h"
#include "../lib/suite.h"

void test_main(void)
{
    int descriptors[2];
    CHECK((descriptors[0] = open("zeros")) > 1, "open \"zeros\"");
    CHECK((descriptors[1] = open("zeros")) > 1 && descriptors[0] != descriptors[1],
          "open \"zeros\" again");
    CHECK(mmap(SAMPLE_ADDRESS, PAGE_BYTES, 0, descriptors[0], 0) != MAP_FAILED, "mmap \"zeros\"");
    CHECK(mmap(SAMPLE_ADDRESS, PAGE_BYTES, 0, descriptors[1], 0) == MAP_FAILED,
          "a second mmap at the same place is refused");
}
