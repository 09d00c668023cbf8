/* A command line may lie across a page boundary. */
#include "../lib/boundary.h"
#include "../lib/suite.h"

void test_main(void)
{
    pid_t child = fork("child-simple");
    if (child == 0) {
        exec(string_across_pages("child-simple"));
        fail("exec() returned");
    }
    msg("the child's status: %d", wait(child));
}
