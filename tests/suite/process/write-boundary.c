/* What is written may lie across a page boundary. */
#include "../lib/boundary.h"
#include "../lib/short_sample.h"
#include "../lib/suite.h"

#include <string.h>

void test_main(void)
{
    char *text = page_boundary() - SHORT_SAMPLE_BYTES / 2;
    memcpy(text, short_sample, SHORT_SAMPLE_BYTES);
    int descriptor = open_file("sample.txt");
    int count = write(descriptor, text, (unsigned)SHORT_SAMPLE_BYTES);
    if (count != (int)SHORT_SAMPLE_BYTES)
        fail("write gave %d bytes", count);
}
