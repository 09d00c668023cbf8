/* A page of a mapped file is brought in when it is touched, not before, and alone. */
#include "../lib/data.h"
#include "../lib/suite.h"

#define PAGES 3

static void check_present(const char *mapping, size_t touched)
{
    for (size_t page = 0; page < PAGES; page++) {
        bool present = get_phys_addr((void *)(mapping + page * PAGE_BYTES)) != NULL;
        if (present != (page < touched))
            fail("after %zu touches page %zu is %s", touched, page,
                 present ? "present" : "missing");
    }
}

void test_main(void)
{
    char *mapping = SAMPLE_ADDRESS;
    int descriptor = open_file("small.txt");
    void *mapped;
    CHECK((mapped = mmap(mapping, PAGES * PAGE_BYTES, 0, descriptor, 0)) != MAP_FAILED,
          "mmap \"small.txt\"");
    msg("no page is present");
    check_present(mapping, 0);
    for (size_t page = 0; page < PAGES; page++) {
        CHECK(mapping[page * PAGE_BYTES] == small[page * PAGE_BYTES], "touch page %zu", page);
        check_present(mapping, page + 1);
    }
    munmap(mapped);
    close(descriptor);
}
