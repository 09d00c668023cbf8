/* Reads an address where nothing was ever mapped: the process is killed. */
#include "../lib/suite.h"

void test_main(void)
{
    fail("read %d where nothing is mapped", *(volatile int *)0x04000000);
}
