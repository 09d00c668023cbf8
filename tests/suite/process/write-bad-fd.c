/* Descriptors that are not open are refused, or kill. */
#include "../lib/suite.h"

#include <limits.h>

void test_main(void)
{
    static const int descriptors[] = {0x20101234, 5, 1234, -1, -1024, INT_MIN, INT_MAX};
    char byte = 123;
    for (size_t index = 0; index < LENGTH_OF(descriptors); index++)
        write(descriptors[index], &byte, 1);
}
