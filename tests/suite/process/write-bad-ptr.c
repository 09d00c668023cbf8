/* Writing from where nothing is mapped kills. */
#include "../lib/suite.h"

void test_main(void)
{
    int descriptor = open_file("sample.txt");
    write(descriptor, (char *)0x10123420, 123);
    fail("write() returned");
}
