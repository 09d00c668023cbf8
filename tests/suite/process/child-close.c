/* Child of multi-child-fd: reads the descriptor that is its argument, and closes it. */
#include "../lib/short_sample.h"
#include "../lib/suite.h"

#include <stdlib.h>

int main(int argc, char *argv[])
{
    test_name = "child-close";
    msg("begin");
    if (argc != 2)
        fail("argc is %d", argc);
    int descriptor = atoi(argv[1]);
    check_open_file(descriptor, "sample.txt", short_sample, SHORT_SAMPLE_BYTES, 0);
    close(descriptor);
    msg("end");
    return 0;
}
