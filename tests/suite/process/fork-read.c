/* After fork each side reads on from where the parent was, by itself. */
#include "../lib/short_sample.h"
#include "../lib/suite.h"

#include <string.h>

#define FIRST 20

static char buffer[512];

void test_main(void)
{
    size_t rest = SHORT_SAMPLE_BYTES - FIRST;
    int descriptor = open_file("sample.txt");
    CHECK(read(descriptor, buffer, FIRST) == FIRST, "read the first bytes");
    pid_t child = fork("child");
    if (child == 0) {
        CHECK(read(descriptor, buffer + FIRST, (unsigned)rest) == (int)rest, "the child reads on");
        compare_bytes(buffer, short_sample, SHORT_SAMPLE_BYTES, 0, "sample.txt");
        memset(buffer, '#', sizeof buffer);
        exit((int)(rest & 0x7f));
    }
    int status = wait(child);
    CHECK(status == (int)(rest & 0x7f), "the child's status: %d", status);
    CHECK(read(descriptor, buffer + FIRST, (unsigned)rest) == (int)rest, "the parent reads on");
    compare_bytes(buffer, short_sample, SHORT_SAMPLE_BYTES, 0, "sample.txt");
    close(descriptor);
}
