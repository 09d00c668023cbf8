/* A mapping may not lie over the program's code. */
#include "../lib/suite.h"

#include <round.h>

void test_main(void)
{
    uintptr_t page = ROUND_DOWN((uintptr_t)test_main, PAGE_BYTES);
    int descriptor = open_file("sample.txt");
    CHECK(mmap((void *)page, PAGE_BYTES, 0, descriptor, 0) == MAP_FAILED,
          "mmap over the code is refused");
}
