/* Writes a kernel address: the process is killed. */
#include "../lib/suite.h"

void test_main(void)
{
    *(volatile int *)0x8004000000 = 42;
    fail("the write went through");
}
