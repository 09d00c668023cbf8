/* Child of exec-read: reads on from the descriptor that is its argument, and opens the file anew. */
#include "../lib/short_sample.h"
#include "../lib/suite.h"

#include <stdlib.h>

#define FIRST 20

static char buffer[512];

int main(int argc, char *argv[])
{
    size_t rest = SHORT_SAMPLE_BYTES - FIRST;
    test_name = "child-read";
    msg("begin");
    if (argc != 2)
        fail("argc is %d", argc);
    int inherited = atoi(argv[1]);
    CHECK(read(inherited, buffer, (unsigned)rest) == (int)rest, "read on");
    compare_bytes(buffer, short_sample + FIRST, rest, FIRST, "sample.txt");
    int own = open_file("sample.txt");
    if (own == inherited)
        fail("the same descriptor again");
    check_open_file(own, "sample.txt", short_sample, SHORT_SAMPLE_BYTES, 0);
    msg("end");
    return 0;
}
