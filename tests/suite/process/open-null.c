/* Opening a null name may fail or kill, nothing else. */
#include "../lib/suite.h"

void test_main(void)
{
    open(NULL);
}
