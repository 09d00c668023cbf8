/* The words of the command line arrive as argc and argv: see the line of suite.txt for which. */
#include "../lib/print_arguments.h"
#include "../lib/suite.h"

int main(int argc, char *argv[])
{
    test_name = argv[0];
    msg("begin");
    print_arguments(argc, argv);
    msg("end");
    return 0;
}
