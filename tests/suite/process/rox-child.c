/* A program can be written before and after it runs, not meanwhile. */
#include "../lib/rox.h"
#include "../lib/suite.h"

void test_main(void)
{
    write_around_child(1);
}
