/* No mapping reaches kernel space, however its range is given. */
#include "../lib/suite.h"

void test_main(void)
{
    static const struct {
        uintptr_t address;
        size_t length;
    } ranges[] = {
        {0x8004000000, PAGE_BYTES},
        {0xfffffffffffff000, 0x2000},
        {0x8003fff000, 0xffffff7ffc001000},
    };
    int descriptor = open_file("sample.txt");
    for (size_t index = 0; index < LENGTH_OF(ranges); index++)
        CHECK(mmap((void *)ranges[index].address, ranges[index].length, 0, descriptor, 0) ==
                  MAP_FAILED,
              "mmap of kernel range %zu is refused", index);
}
