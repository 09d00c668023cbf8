/* A page of zero-initialised memory is made when it is touched, not before, and alone. */
#include "../lib/suite.h"

#define PAGES 3

static char array[PAGES * PAGE_BYTES] __attribute__((aligned(PAGE_BYTES)));

static void check_present(size_t touched)
{
    for (size_t page = 0; page < PAGES; page++) {
        bool present = get_phys_addr(array + page * PAGE_BYTES) != NULL;
        if (present != (page < touched))
            fail("after %zu touches page %zu is %s", touched, page,
                 present ? "present" : "missing");
    }
}

void test_main(void)
{
    msg("no page is present");
    check_present(0);
    for (size_t page = 0; page < PAGES; page++) {
        msg("touch page %zu", page);
        array[page * PAGE_BYTES] = (char)(page + 1);
        check_present(page + 1);
    }
    for (size_t page = 0; page < PAGES; page++)
        CHECK(array[page * PAGE_BYTES] == (char)(page + 1), "page %zu kept its value", page);
}
