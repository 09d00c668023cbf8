/* A child closes its copy of a descriptor; the parent's goes on. */
#include "../lib/short_sample.h"
#include "../lib/suite.h"

void test_main(void)
{
    int descriptor = open_file("sample.txt");
    pid_t child = fork("child");
    if (child == 0) {
        msg("the child closes");
        close(descriptor);
        exit(0);
    }
    wait(child);
    check_open_file(descriptor, "sample.txt", short_sample, SHORT_SAMPLE_BYTES, 0);
    msg("the parent has read it all");
}
