/* A descriptor that was never opened cannot be mapped. */
#include "../lib/data.h"
#include "../lib/suite.h"

void test_main(void)
{
    CHECK(mmap(SAMPLE_ADDRESS, PAGE_BYTES, 0, 0x5678, 0) == MAP_FAILED,
          "mmap of a descriptor that is not open is refused");
}
