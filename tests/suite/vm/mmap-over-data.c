/* A mapping may not lie over the program's data, even where it was never touched. */
#include "../lib/suite.h"

#include <round.h>

static char untouched;

void test_main(void)
{
    uintptr_t page = ROUND_DOWN((uintptr_t)&untouched, PAGE_BYTES);
    int descriptor = open_file("sample.txt");
    CHECK(mmap((void *)page, PAGE_BYTES, 0, descriptor, 0) == MAP_FAILED,
          "mmap over the data is refused");
}
