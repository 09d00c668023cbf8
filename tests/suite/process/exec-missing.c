/* A program that is not there: exec fails, or the process ends. */
#include "../lib/suite.h"

void test_main(void)
{
    int result = exec("no-such-file");
    msg("exec a missing program: %d", result);
    exit(result);
}
