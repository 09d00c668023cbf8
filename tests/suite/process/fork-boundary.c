/* The name of a child may lie across a page boundary. */
#include "../lib/boundary.h"
#include "../lib/suite.h"

void test_main(void)
{
    pid_t child = fork(string_across_pages("boundary-child"));
    if (child == 0) {
        msg("child run");
        exit(54);
    }
    msg("the child's status: %d", wait(child));
}
