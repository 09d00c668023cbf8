/* Twenty megabytes of anonymous memory in a machine of ten: most of it goes out and comes back. */
#include "../lib/suite.h"
#include "../lib/touch.h"

#define PAGES 5120

static char array[PAGES * PAGE_BYTES];

void test_main(void)
{
    msg("write to %d pages", PAGES);
    touch_pages(array, PAGES);
    msg("read them back");
    check_pages(array, PAGES);
}
