/* Each child forks the next until the counter reaches ten; every copy has a counter of its own. */
#include "../lib/suite.h"

static int level = 2;

static void descend(void)
{
    level++;
    pid_t child = fork("child");
    if (child == 0) {
        if (level < 10)
            descend();
        exit(level);
    }
    msg("the child's status: %d", wait(child));
}

void test_main(void)
{
    descend();
}
