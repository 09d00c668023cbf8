/* A name where nothing is mapped kills. */
#include "../lib/suite.h"

void test_main(void)
{
    msg("create with a wild name: %d", create((char *)0x20101234, 0));
}
