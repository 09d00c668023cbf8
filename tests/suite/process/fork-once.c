/* A child runs, and its status arrives. */
#include "../lib/suite.h"

void test_main(void)
{
    pid_t child = fork("child");
    if (child == 0) {
        msg("child run");
        exit(81);
    }
    msg("the child's status: %d", wait(child));
}
