/* A command line where nothing is mapped kills. */
#include "../lib/suite.h"

void test_main(void)
{
    exec((char *)0x20101234);
    fail("exec() returned");
}
