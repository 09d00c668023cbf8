/* Reading from the console's output fails or kills. */
#include "../lib/suite.h"

#include <stdio.h>

void test_main(void)
{
    char byte;
    read(STDOUT_FILENO, &byte, 1);
}
