/* Sorts a megabyte in eight chunks by eight children at the same time, and merges. */
#include "../lib/merge.h"

#include "../lib/suite.h"

static const struct merge_plan plan = {128 * 1024, 8, "child-sort", 123, 1};
static uint8_t runs[128 * 1024 * 8], merged[128 * 1024 * 8];

void test_main(void)
{
    merge_with_children(&plan, runs, merged);
}
