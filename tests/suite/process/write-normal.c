/* A whole file is written in one call. */
#include "../lib/short_sample.h"
#include "../lib/suite.h"

void test_main(void)
{
    CHECK(create("test.txt", (unsigned)SHORT_SAMPLE_BYTES), "create \"test.txt\"");
    int descriptor = open_file("test.txt");
    int count = write(descriptor, short_sample, (unsigned)SHORT_SAMPLE_BYTES);
    if (count != (int)SHORT_SAMPLE_BYTES)
        fail("write gave %d bytes", count);
}
