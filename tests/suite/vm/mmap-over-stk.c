/* A mapping may not lie over the stack. */
#include "../lib/suite.h"

#include <round.h>

void test_main(void)
{
    int descriptor;
    uintptr_t page = ROUND_DOWN((uintptr_t)&descriptor, PAGE_BYTES);
    descriptor = open_file("sample.txt");
    CHECK(mmap((void *)page, PAGE_BYTES, 0, descriptor, 0) == MAP_FAILED,
          "mmap over the stack is refused");
}
