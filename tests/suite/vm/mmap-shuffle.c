/* Shuffles a mapped file of 128 KiB ten times. */
#include "../lib/data.h"
#include "../lib/shuffle.h"
#include "../lib/suite.h"

#define BYTES (128 * 1024)

void test_main(void)
{
    int descriptor;
    CHECK(create("buffer", BYTES), "create \"buffer\"");
    descriptor = open_file("buffer");
    CHECK(mmap(SAMPLE_ADDRESS, BYTES, 1, descriptor, 0) != MAP_FAILED, "mmap \"buffer\"");
    shuffle_ten_times(SAMPLE_ADDRESS, BYTES);
}
