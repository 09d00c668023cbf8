/* Child of exec-arg: prints its arguments. */
#include "../lib/print_arguments.h"
#include "../lib/suite.h"

int main(int argc, char *argv[])
{
    test_name = "child-args";
    msg("begin");
    print_arguments(argc, argv);
    msg("end");
    return 0;
}
