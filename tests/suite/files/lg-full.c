/* A large file is written in one call. */
#include "../lib/file_patterns.h"
#include "../lib/suite.h"

void test_main(void)
{
    test_full("full.dat", 75678);
}
