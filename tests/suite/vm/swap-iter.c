/* Anonymous and file pages by turns. */
#include "../lib/data.h"
#include "../lib/suite.h"
#include "../lib/touch.h"

#include <string.h>

#define PAGES 5120

static char array[PAGES * PAGE_BYTES];

void test_main(void)
{
    int descriptor;
    void *mapped;
    msg("write to %d pages", PAGES);
    touch_pages(array, PAGES);
    descriptor = open_file("large.txt");
    CHECK((mapped = mmap(SAMPLE_ADDRESS, LARGE_BYTES, 0, descriptor, 0)) != MAP_FAILED,
          "mmap \"large.txt\"");
    CHECK(memcmp(SAMPLE_ADDRESS, large, LARGE_BYTES) == 0, "compare the file with the copy");
    msg("read the pages back");
    check_pages(array, PAGES);
    CHECK(memcmp(SAMPLE_ADDRESS, large, LARGE_BYTES) == 0, "compare the file again");
    munmap(mapped);
    close(descriptor);
}
