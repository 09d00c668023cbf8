/* Nothing is mapped at address 0. */
#include "../lib/suite.h"

void test_main(void)
{
    int descriptor = open_file("sample.txt");
    CHECK(mmap(NULL, PAGE_BYTES, 0, descriptor, 0) == MAP_FAILED, "mmap at 0 is refused");
}
