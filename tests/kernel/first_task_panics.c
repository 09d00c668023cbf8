/*
 * The first task faults and has no fault endpoint: nobody can go on, so the kernel panics,
 * and must say where it was.
 */
#include <quire/server.h>

/* In the null page, which no task has. */
static volatile int *volatile unmapped = (volatile int *)16;

_Noreturn void server_main(const struct server_start *start)
{
    (void)start;
    for (;;)
        *unmapped = 1;
}
