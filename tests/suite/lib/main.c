/* The frame around a test: see suite.h. */
#include "suite.h"

#include <random.h>

int main(int argc, char *argv[])
{
    (void)argc;
    test_name = argv[0];
    msg("begin");
    random_init(0);
    test_main();
    msg("end");
    return 0;
}
