/* An empty file maps nothing: reading there kills the process. */
#include "../lib/suite.h"

void test_main(void)
{
    char *place = (char *)0x7f000000;
    int descriptor;
    CHECK(create("empty", 0), "create \"empty\"");
    descriptor = open_file("empty");
    msg("map nothing of \"empty\"");
    mmap(place, 0, 0, descriptor, 0);
    fail("read %d where nothing is mapped", *(volatile int *)place);
}
