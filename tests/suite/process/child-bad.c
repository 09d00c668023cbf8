/* Child of wait-killed: becomes a program that does not exist, and so ends with -1. */
#include "../lib/suite.h"

int main(int argc, char *argv[])
{
    (void)argc;
    (void)argv;
    test_name = "child-bad";
    msg("begin");
    return exec("no-such-program");
}
