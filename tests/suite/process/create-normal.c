/* A new file can be created. */
#include "../lib/suite.h"

void test_main(void)
{
    CHECK(create("quux.dat", 0), "create \"quux.dat\"");
}
