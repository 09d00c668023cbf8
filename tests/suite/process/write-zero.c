/* Writing nothing is nothing. */
#include "../lib/suite.h"

void test_main(void)
{
    char byte = 0;
    int descriptor = open_file("sample.txt");
    int count = write(descriptor, &byte, 0);
    if (count != 0)
        fail("write gave %d bytes", count);
}
