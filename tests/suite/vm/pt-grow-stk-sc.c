/* The first touch of a stack page happens inside a system call. */
#include "../lib/data.h"
#include "../lib/suite.h"

#include <string.h>

void test_main(void)
{
    int descriptor;
    size_t length = SAMPLE_BYTES;
    char buffer[65536];
    CHECK(create("sample.txt", (unsigned)length), "create \"sample.txt\"");
    descriptor = open_file("sample.txt");
    CHECK(write(descriptor, sample, (unsigned)length) == (int)length, "write \"sample.txt\"");
    close(descriptor);
    CHECK((descriptor = open("sample.txt")) > 1, "open \"sample.txt\" again");
    CHECK(read(descriptor, buffer + 32768, (unsigned)length) == (int)length, "read \"sample.txt\"");
    CHECK(memcmp(sample, buffer + 32768, length) == 0, "what was read is what was written");
    close(descriptor);
}
