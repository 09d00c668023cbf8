/* A missing file does not open. */
#include "../lib/suite.h"

void test_main(void)
{
    int descriptor = open("no-such-file");
    if (descriptor != -1)
        fail("open gave %d", descriptor);
}
