/* exec drops mappings: the child that stores where its parent has one is killed. */
#include "../lib/data.h"
#include "../lib/suite.h"

#include <string.h>

void test_main(void)
{
    char *mapping = (char *)0x54321000;
    int descriptor = open_file("sample.txt");
    pid_t child;
    int status;
    CHECK(mmap(mapping, PAGE_BYTES, 0, descriptor, 0) != MAP_FAILED, "mmap \"sample.txt\"");
    if (memcmp(mapping, sample, SAMPLE_BYTES) != 0)
        fail("the mapping does not show the file");
    msg("start \"child-inherit\"");
    child = fork("child-inherit");
    if (child == 0) {
        exec("child-inherit");
        exit(-1);
    }
    if (child == PID_ERROR)
        fail("fork");
    status = wait(child);
    CHECK(status == -1, "the child is killed");
    CHECK(memcmp(mapping, sample, SAMPLE_BYTES) == 0, "the parent's mapping is still there");
}
