/* A child's status arrives once. */
#include "../lib/suite.h"

void test_main(void)
{
    pid_t child = fork("child-simple");
    if (child == 0) {
        exec("child-simple");
        fail("exec() returned");
    }
    msg("the child's status: %d", wait(child));
    msg("and once more: %d", wait(child));
}
