/* Four children, one after the other; a global variable is a copy in each. */
#include "../lib/suite.h"

static int number = 3;

void test_main(void)
{
    for (int round = 0; round < 4; round++) {
        number++;
        pid_t child = fork("child");
        if (child == 0) {
            msg("child run");
            exit(number);
        }
        msg("the child's status: %d", wait(child));
    }
}
