/* Stores into its own code: the page is read-only, the process is killed. */
#include "../lib/suite.h"

void test_main(void)
{
    *(volatile int *)(uintptr_t)test_main = 0;
    fail("wrote to the code");
}
