/* A file opened again and again gets a new descriptor each time. */
#include "../lib/suite.h"

#define TIMES 4

void test_main(void)
{
    int descriptors[TIMES];
    for (int index = 0; index < TIMES; index++) {
        CHECK((descriptors[index] = open("sample.txt")) > 1, "open \"sample.txt\", time %d",
              index + 1);
        for (int earlier = 0; earlier < index; earlier++)
            if (descriptors[earlier] == descriptors[index])
                fail("times %d and %d gave descriptor %d", earlier + 1, index + 1,
                     descriptors[index]);
    }
}
