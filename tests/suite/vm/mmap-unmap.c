/* munmap takes every page of the mapping, touched or not. */
#include "../lib/data.h"
#include "../lib/suite.h"

void test_main(void)
{
    int descriptor = open_file("sample.txt");
    void *mapped;
    CHECK((mapped = mmap(SAMPLE_ADDRESS, 2 * PAGE_BYTES, 0, descriptor, 0)) != MAP_FAILED,
          "mmap \"sample.txt\"");
    msg("first word: %d", *(int *)SAMPLE_ADDRESS);
    msg("first word and a page: %d", *(int *)SAMPLE_ADDRESS + PAGE_BYTES);
    munmap(mapped);
    fail("the second page is still there: %d", *(volatile int *)(SAMPLE_ADDRESS + PAGE_BYTES));
}
