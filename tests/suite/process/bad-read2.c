/* Reads a kernel address: the process is killed. */
#include "../lib/suite.h"

void test_main(void)
{
    msg("read %d", *(volatile int *)0x8004000000);
    fail("the read went through");
}
