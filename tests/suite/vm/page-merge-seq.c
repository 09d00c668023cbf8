/* Sorts about a megabyte in sixteen chunks, one child after the other, and merges. */
#include "../lib/merge.h"

#include "../lib/suite.h"

static const struct merge_plan plan = {63 * 1024, 16, "child-sort", 123, 0};
static uint8_t runs[63 * 1024 * 16], merged[63 * 1024 * 16];

void test_main(void)
{
    merge_with_children(&plan, runs, merged);
}
