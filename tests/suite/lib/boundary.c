/* See boundary.h. */
#include "boundary.h"

#include "suite.h"

#include <round.h>
#include <string.h>

static char memory[3 * PAGE_BYTES];

char *page_boundary(void)
{
    char *boundary = (char *)ROUND_UP((uintptr_t)memory, PAGE_BYTES);
    return boundary - memory < 2048 ? boundary + PAGE_BYTES : boundary;
}

char *string_across_pages(const char *string)
{
    char *copy = page_boundary() - strlen(string) / 2;
    strlcpy(copy, string, 2048);
    return copy;
}
