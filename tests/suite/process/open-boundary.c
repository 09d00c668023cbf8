/* The name of a file to open may lie across a page boundary. */
#include "../lib/boundary.h"
#include "../lib/suite.h"

void test_main(void)
{
    CHECK(open(string_across_pages("sample.txt")) > 1, "open \"sample.txt\"");
}
