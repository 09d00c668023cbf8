/* A child that prints a line and exits with 81. */
#include "../lib/suite.h"

int main(int argc, char *argv[])
{
    (void)argc;
    (void)argv;
    test_name = "child-simple";
    msg("run");
    return 81;
}
