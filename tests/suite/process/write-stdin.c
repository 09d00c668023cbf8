/* Writing to the console's input fails or kills. */
#include "../lib/suite.h"

#include <stdio.h>

void test_main(void)
{
    char byte = 123;
    write(STDIN_FILENO, &byte, 1);
}
