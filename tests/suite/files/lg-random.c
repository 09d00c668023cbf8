/* A large file is written and read in random order. */
#include "../lib/file_patterns.h"
#include "../lib/suite.h"

void test_main(void)
{
    test_random_order("mixed.dat", 76800, 512);
}
