/* A child reads and closes the descriptor that it inherited; the parent's goes on. */
#include "../lib/short_sample.h"
#include "../lib/suite.h"

#include <stdio.h>

void test_main(void)
{
    int descriptor = open_file("sample.txt");
    pid_t child = fork("child-close");
    if (child == 0) {
        char command[32];
        snprintf(command, sizeof command, "child-close %d", descriptor);
        exec(command);
        fail("exec() returned");
    }
    msg("the child's status: %d", wait(child));
    check_open_file(descriptor, "sample.txt", short_sample, SHORT_SAMPLE_BYTES, 0);
    msg("the parent has read it all");
}
