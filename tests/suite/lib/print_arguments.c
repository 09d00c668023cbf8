/* Shared by the args-* tests: what the program was started with, and how it is laid out. */
#include "print_arguments.h"

#include "suite.h"

void print_arguments(int argc, char *argv[])
{
    if ((uintptr_t)argv % 8 != 0)
        msg("argv is not aligned to eight bytes: %p", (void *)argv);
    msg("argc = %d", argc);
    for (int index = 0; index <= argc; index++) {
        if (argv[index] != NULL)
            msg("argv[%d] = '%s'", index, argv[index]);
        else
            msg("argv[%d] = null", index);
    }
}
