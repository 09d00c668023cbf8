/* A large file is created full of zeros. */
#include "../lib/file_patterns.h"
#include "../lib/suite.h"

void test_main(void)
{
    test_create("zeros.dat", 75678);
}
