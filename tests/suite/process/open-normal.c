/* An existing file opens. */
#include "../lib/suite.h"

void test_main(void)
{
    int descriptor = open("sample.txt");
    if (descriptor < 2)
        fail("open gave %d", descriptor);
}
