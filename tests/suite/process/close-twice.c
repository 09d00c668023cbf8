/* Closing twice is ignored or kills. */
#include "../lib/suite.h"

void test_main(void)
{
    int descriptor = open_file("sample.txt");
    msg("close \"sample.txt\"");
    close(descriptor);
    msg("close \"sample.txt\" again");
    close(descriptor);
}
