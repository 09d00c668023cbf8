/* Closing what was never open is ignored or kills. */
#include "../lib/suite.h"

void test_main(void)
{
    close(0x20101234);
}
