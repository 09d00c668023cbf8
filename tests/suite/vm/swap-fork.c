/* Ten children swap at once, each a copy of a parent with two megabytes of data. */
#include "../lib/data.h"
#include "../lib/suite.h"

#define CHILDREN 10

void test_main(void)
{
    pid_t children[CHILDREN];
    if (large[LARGE_BYTES] != '\0')
        fail("the data segment is not as linked");
    for (int index = 0; index < CHILDREN; index++) {
        children[index] = fork("child-swap");
        if (children[index] == 0) {
            exec("child-swap");
            exit(-1);
        }
        CHECK(children[index] != PID_ERROR, "start child %d", index);
    }
    for (int index = 0; index < CHILDREN; index++)
        CHECK(wait(children[index]) == 0, "wait for child %d", index);
}
