/* Child of mmap-inherit: stores where only its parent has a mapping. */
#include "../lib/suite.h"

#include <string.h>

void test_main(void)
{
    memset((char *)0x54321000, 0, 4096);
    fail("stored into the parent's mapping");
}
