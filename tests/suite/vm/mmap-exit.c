/* A process that exits without munmap: its stores are in the file before wait() returns. */
#include "../lib/data.h"
#include "../lib/suite.h"

void test_main(void)
{
    pid_t child;
    int status;
    msg("start \"child-mm-wrt\"");
    child = fork("child-mm-wrt");
    if (child == 0) {
        exec("child-mm-wrt");
        exit(-1);
    }
    if (child == PID_ERROR)
        fail("fork");
    status = wait(child);
    CHECK(status == 0, "the child exits with 0");
    check_file("sample.txt", sample, SAMPLE_BYTES + 1);
}
