/* A mapped file shows its bytes, then zeros to the end of the page. */
#include "../lib/data.h"
#include "../lib/suite.h"

#include <string.h>

void test_main(void)
{
    char *mapping = SAMPLE_ADDRESS;
    int descriptor = open_file("sample.txt");
    void *mapped;
    CHECK((mapped = mmap(mapping, PAGE_BYTES, 0, descriptor, 0)) != MAP_FAILED,
          "mmap \"sample.txt\"");
    if (memcmp(mapping, sample, SAMPLE_BYTES) != 0)
        fail("the mapping does not show the file");
    for (size_t index = SAMPLE_BYTES; index < PAGE_BYTES; index++)
        if (mapping[index] != 0)
            fail("byte %zu of the mapping is %02hhx and should be 0", index, mapping[index]);
    munmap(mapped);
    close(descriptor);
}
