/* Five runs of one program inside each other: it can be written when the last has ended. */
#include "../lib/rox.h"
#include "../lib/suite.h"

void test_main(void)
{
    write_around_child(5);
}
