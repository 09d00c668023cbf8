/* A large file is written in blocks of 513 bytes. */
#include "../lib/file_patterns.h"
#include "../lib/suite.h"

void test_main(void)
{
    test_sequence("blocks.dat", 75678, 513);
}
