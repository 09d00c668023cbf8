/* exit() ends the process with its status. */
#include "../lib/suite.h"

void test_main(void)
{
    exit(57);
    fail("exit() returned");
}
