/* page-merge-par with children that sort in a mapping and exit without unmapping it. */
#include "../lib/merge.h"

#include "../lib/suite.h"

static const struct merge_plan plan = {128 * 1024, 8, "child-qsort-mm", 80, 1};
static uint8_t runs[128 * 1024 * 8], merged[128 * 1024 * 8];

void test_main(void)
{
    merge_with_children(&plan, runs, merged);
}
