/* exec passes arguments. */
#include "../lib/suite.h"

void test_main(void)
{
    msg("exec child-args");
    exec("child-args childarg");
    fail("exec() returned");
}
