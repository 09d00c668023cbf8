/* A name can be created once. */
#include "../lib/suite.h"

void test_main(void)
{
    CHECK(create("quux.dat", 0), "create \"quux.dat\"");
    CHECK(create("warble.dat", 0), "create \"warble.dat\"");
    CHECK(!create("quux.dat", 0), "\"quux.dat\" is refused the second time");
    CHECK(create("baffle.dat", 0), "create \"baffle.dat\"");
    CHECK(!create("warble.dat", 0), "\"warble.dat\" is refused the second time");
}
