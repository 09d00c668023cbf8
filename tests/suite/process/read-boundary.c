/* What is read may go across a page boundary. */
#include "../lib/boundary.h"
#include "../lib/short_sample.h"
#include "../lib/suite.h"

void test_main(void)
{
    char *buffer = page_boundary() - SHORT_SAMPLE_BYTES / 2;
    int descriptor = open_file("sample.txt");
    int count = read(descriptor, buffer, (unsigned)SHORT_SAMPLE_BYTES);
    if (count != (int)SHORT_SAMPLE_BYTES)
        fail("read gave %d bytes", count);
    compare_bytes(buffer, short_sample, SHORT_SAMPLE_BYTES, 0, "sample.txt");
}
