/* read() into memory below the stack pointer: the stack does not grow for it. */
#include "../lib/suite.h"

void test_main(void)
{
    int descriptor = open_file("sample.txt");
    read(descriptor, (char *)&descriptor - 4096, 1);
    fail("read() into memory below the stack returned");
}
