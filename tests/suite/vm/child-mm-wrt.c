/* Child of mmap-exit: stores into a mapping and leaves it to the exit. */
#include "../lib/data.h"
#include "../lib/suite.h"

#include <string.h>

int main(int argc, char *argv[])
{
    int descriptor;
    (void)argc;
    (void)argv;
    test_name = "child-mm-wrt";
    msg("begin");
    CHECK(create("sample.txt", (unsigned)SAMPLE_BYTES + 1), "create \"sample.txt\"");
    descriptor = open_file("sample.txt");
    CHECK(mmap(SAMPLE_ADDRESS, PAGE_BYTES, 1, descriptor, 0) != MAP_FAILED, "mmap \"sample.txt\"");
    memcpy(SAMPLE_ADDRESS, sample, SAMPLE_BYTES + 1);
    msg("end");
    return 0;
}
