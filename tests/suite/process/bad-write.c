/* Writes address 0: the process is killed. */
#include "../lib/suite.h"

void test_main(void)
{
    *(volatile int *)0 = 42;
    fail("the write went through");
}
