/* A descriptor can be closed. */
#include "../lib/suite.h"

void test_main(void)
{
    int descriptor = open_file("sample.txt");
    msg("close \"sample.txt\"");
    close(descriptor);
}
