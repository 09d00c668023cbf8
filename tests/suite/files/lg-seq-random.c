/* A large file is written in blocks of random sizes. */
#include "../lib/file_patterns.h"
#include "../lib/suite.h"

void test_main(void)
{
    test_sequence("pieces.dat", 75678, 0);
}
