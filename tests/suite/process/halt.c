/* halt() powers the machine off: nothing follows. */
#include "../lib/suite.h"

void test_main(void)
{
    halt();
    fail("halt() returned");
}
