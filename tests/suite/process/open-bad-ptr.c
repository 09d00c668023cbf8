/* Opening a name where nothing is mapped kills. */
#include "../lib/suite.h"

void test_main(void)
{
    msg("open a wild name: %d", open((char *)0x20101234));
    fail("open() returned");
}
