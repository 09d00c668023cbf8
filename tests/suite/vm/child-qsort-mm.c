/* Child of page-merge-mm: quick sort of a file in place, through a mapping that it leaves to the
   exit. The mapping is a page longer than the file. Exits with 80. */
#include "../lib/data.h"
#include "../lib/quick_sort.h"
#include "../lib/suite.h"

#include <random.h>

#define BYTES (128 * 1024)
#define STATUS 80

int main(int argc, char *argv[])
{
    unsigned char *mapping = (unsigned char *)SAMPLE_ADDRESS;
    int descriptor;
    test_name = "child-qsort-mm";
    quiet = true;
    random_init(0);
    CHECK(argc == 2, "one argument");
    CHECK((descriptor = open(argv[1])) > 1, "open \"%s\"", argv[1]);
    CHECK(mmap(mapping, BYTES + PAGE_BYTES, 1, descriptor, 0) != MAP_FAILED, "mmap \"%s\"",
          argv[1]);
    quick_sort(mapping, BYTES);
    CHECK(is_sorted(mapping, BYTES), "sorted");
    return STATUS;
}
