/* A file is read in blocks. */
#include "../lib/short_sample.h"
#include "../lib/suite.h"

void test_main(void)
{
    check_file("sample.txt", short_sample, SHORT_SAMPLE_BYTES);
}
