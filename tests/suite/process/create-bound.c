/* A name may lie across a page boundary. */
#include "../lib/boundary.h"
#include "../lib/suite.h"

void test_main(void)
{
    msg("create \"quux.dat\": %d", create(string_across_pages("quux.dat"), 0));
}
