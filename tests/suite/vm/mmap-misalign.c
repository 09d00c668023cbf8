/* A mapping starts on a page boundary or not at all. */
#include "../lib/suite.h"

void test_main(void)
{
    int descriptor = open_file("sample.txt");
    CHECK(mmap((void *)0x10001234, PAGE_BYTES, 0, descriptor, 0) == MAP_FAILED,
          "mmap at 0x10001234 is refused");
}
