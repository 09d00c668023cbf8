/* A file without a name cannot be created. */
#include "../lib/suite.h"

void test_main(void)
{
    msg("create with an empty name: %d", create("", 0));
}
