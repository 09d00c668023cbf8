/* Reading to where nothing is mapped kills. */
#include "../lib/suite.h"

void test_main(void)
{
    int descriptor = open_file("sample.txt");
    read(descriptor, (char *)0xc0100000, 123);
    fail("read() returned");
}
