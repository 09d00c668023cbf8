/* Child of page-merge-stk: quick sort of a file in a local array. Exits with 72. */
#include "../lib/quick_sort.h"
#include "../lib/suite.h"

#include <random.h>

#define BYTES (128 * 1024)
#define STATUS 72

int main(int argc, char *argv[])
{
    unsigned char buffer[BYTES];
    int descriptor;
    test_name = "child-qsort";
    quiet = true;
    random_init(0);
    CHECK(argc == 2, "one argument");
    CHECK((descriptor = open(argv[1])) > 1, "open \"%s\"", argv[1]);
    int size = read(descriptor, buffer, sizeof buffer);
    CHECK(size == BYTES, "read \"%s\"", argv[1]);
    quick_sort(buffer, BYTES);
    CHECK(is_sorted(buffer, BYTES), "sorted");
    seek(descriptor, 0);
    CHECK(write(descriptor, buffer, (unsigned)size) == size, "write \"%s\"", argv[1]);
    close(descriptor);
    return STATUS;
}
