/* A null name kills. */
#include "../lib/suite.h"

void test_main(void)
{
    msg("create with a null name: %d", create(NULL, 0));
}
