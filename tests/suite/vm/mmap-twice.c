/* A file may be mapped twice, at two places. */
#include "../lib/data.h"
#include "../lib/suite.h"

#include <string.h>

void test_main(void)
{
    char *places[2] = {(char *)0x10000000, (char *)0x20000000};
    for (int index = 0; index < 2; index++) {
        int descriptor;
        CHECK((descriptor = open("sample.txt")) > 1, "open \"sample.txt\" for mapping %d", index);
        CHECK(mmap(places[index], PAGE_BYTES, 0, descriptor, 0) == places[index],
              "mapping %d of \"sample.txt\" at %p", index, (void *)places[index]);
    }
    for (int index = 0; index < 2; index++)
        CHECK(memcmp(places[index], sample, SAMPLE_BYTES) == 0, "mapping %d shows the file", index);
}
