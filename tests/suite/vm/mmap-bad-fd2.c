/* The console's input cannot be mapped. */
#include "../lib/data.h"
#include "../lib/suite.h"

void test_main(void)
{
    CHECK(mmap(SAMPLE_ADDRESS, PAGE_BYTES, 0, 0, 0) == MAP_FAILED,
          "mmap of the console input is refused");
}
