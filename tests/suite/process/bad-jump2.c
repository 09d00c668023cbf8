/* Calls a kernel address: the process is killed. */
#include "../lib/suite.h"

void test_main(void)
{
    ((void (*volatile)(void))0x8004000000)();
    fail("the call returned");
}
