/* Calls address 0: the process is killed. */
#include "../lib/suite.h"

void test_main(void)
{
    ((void (*volatile)(void))0)();
    fail("the call returned");
}
