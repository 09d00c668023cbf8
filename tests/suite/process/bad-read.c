/* Reads address 0: the process is killed. */
#include "../lib/suite.h"

void test_main(void)
{
    msg("read %d", *(volatile int *)0);
    fail("the read went through");
}
