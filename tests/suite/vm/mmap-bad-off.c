/* An offset inside a page is refused. */
#include "../lib/data.h"
#include "../lib/suite.h"

void test_main(void)
{
    int descriptor = open_file("large.txt");
    CHECK(mmap(SAMPLE_ADDRESS, PAGE_BYTES, 0, descriptor, 0x1234) == MAP_FAILED,
          "mmap at offset 0x1234 is refused");
}
