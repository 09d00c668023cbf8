/* Shuffles a static array of 128 KiB ten times. */
#include "../lib/shuffle.h"

#include "../lib/suite.h"

#define BYTES (128 * 1024)

static char array[BYTES];

void test_main(void)
{
    shuffle_ten_times(array, BYTES);
}
