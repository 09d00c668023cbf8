/* The file of a running program can be read and not written. */
#include "../lib/suite.h"

void test_main(void)
{
    char bytes[16];
    int descriptor = open_file("rox-simple");
    CHECK(read(descriptor, bytes, sizeof bytes) == (int)sizeof bytes, "read \"rox-simple\"");
    seek(descriptor, 0);
    CHECK(write(descriptor, bytes, sizeof bytes) == 0, "try to write \"rox-simple\"");
}
