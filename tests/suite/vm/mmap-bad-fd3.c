/* The console's output cannot be mapped. */
#include "../lib/data.h"
#include "../lib/suite.h"

void test_main(void)
{
    CHECK(mmap(SAMPLE_ADDRESS, PAGE_BYTES, 0, 1, 0) == MAP_FAILED,
          "mmap of the console output is refused");
}
