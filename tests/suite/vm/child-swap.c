/* Child of swap-fork: a byte in each page of a megabyte. */
#include "../lib/suite.h"
#include "../lib/touch.h"

#define PAGES 256

static char array[PAGES * PAGE_BYTES];

int main(int argc, char *argv[])
{
    (void)argc;
    (void)argv;
    test_name = "child-swap";
    touch_pages(array, PAGES);
    check_pages(array, PAGES);
    return 0;
}
