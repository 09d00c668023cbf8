/* A descriptor stays open across exec, with an offset of its own. */
#include "../lib/short_sample.h"
#include "../lib/suite.h"

#include <stdio.h>

#define FIRST 20

static char buffer[512];

void test_main(void)
{
    size_t rest = SHORT_SAMPLE_BYTES - FIRST;
    int descriptor = open_file("sample.txt");
    CHECK(read(descriptor, buffer, FIRST) == FIRST, "read the first bytes");
    pid_t child = fork("child-read");
    if (child == 0) {
        char command[32];
        snprintf(command, sizeof command, "child-read %d", descriptor);
        exec(command);
        fail("exec() returned");
    }
    msg("the child's status: %d", wait(child));
    CHECK(read(descriptor, buffer + FIRST, (unsigned)rest) == (int)rest, "the parent reads on");
    compare_bytes(buffer, short_sample, SHORT_SAMPLE_BYTES, 0, "sample.txt");
}
