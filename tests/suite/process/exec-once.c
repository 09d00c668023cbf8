/* exec replaces the program; the process keeps its name. */
#include "../lib/suite.h"

void test_main(void)
{
    msg("exec child-simple");
    exec("child-simple");
    fail("exec() returned");
}
