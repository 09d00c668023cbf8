/* Four children page at the same time. */
#include "../lib/suite.h"

#define CHILDREN 4
#define STATUS 0x42

void test_main(void)
{
    pid_t children[CHILDREN];
    for (int index = 0; index < CHILDREN; index++) {
        children[index] = fork("child-linear");
        if (children[index] == 0)
            exit(exec("child-linear"));
        CHECK(children[index] != PID_ERROR, "start child-linear %d", index);
    }
    for (int index = 0; index < CHILDREN; index++) {
        int status = wait(children[index]);
        CHECK(status == STATUS, "wait for child %d", index);
    }
}
