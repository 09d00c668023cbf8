/* A child that the system ended has the status -1. */
#include "../lib/suite.h"

void test_main(void)
{
    pid_t child = fork("child-bad");
    if (child == 0) {
        exec("child-bad");
        fail("exec() returned");
    }
    msg("the child's status: %d", wait(child));
}
