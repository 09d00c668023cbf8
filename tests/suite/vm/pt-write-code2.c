/* read() into its own code: read-only holds for the system's stores too. */
#include "../lib/suite.h"

void test_main(void)
{
    int descriptor = open_file("sample.txt");
    read(descriptor, (void *)(uintptr_t)test_main, 1);
    fail("read() into the code returned");
}
