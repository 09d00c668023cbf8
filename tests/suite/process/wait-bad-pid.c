/* Waiting for a process that is no child: -1, or death. */
#include "../lib/suite.h"

void test_main(void)
{
    wait((pid_t)0x0c020301);
}
