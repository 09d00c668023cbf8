/* A file without a name does not open. */
#include "../lib/suite.h"

void test_main(void)
{
    int descriptor = open("");
    if (descriptor != -1)
        fail("open gave %d", descriptor);
}
