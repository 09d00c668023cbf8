/* A name of 511 characters is refused. */
#include "../lib/suite.h"

#include <string.h>

void test_main(void)
{
    static char name[512];
    memset(name, 'x', sizeof name - 1);
    msg("create with a long name: %d", create(name, 0));
}
