/* Reading nothing changes nothing. */
#include "../lib/suite.h"

void test_main(void)
{
    char byte = 123;
    int descriptor = open_file("sample.txt");
    int count = read(descriptor, &byte, 0);
    if (count != 0)
        fail("read gave %d bytes", count);
    if (byte != 123)
        fail("read of no bytes changed the buffer");
}
