/* See touch.h. The byte depends on the page, so that exchanged pages are found. */
#include "touch.h"

#include "suite.h"

static char byte_of(size_t page)
{
    return (char)(page * 31 + (page >> 8) + 1);
}

void touch_pages(volatile char *array, size_t pages)
{
    for (size_t page = 0; page < pages; page++)
        array[page * PAGE_BYTES] = byte_of(page);
}

void check_pages(const volatile char *array, size_t pages)
{
    for (size_t page = 0; page < pages; page++)
        if (array[page * PAGE_BYTES] != byte_of(page))
            fail("page %zu lost its data", page);
}
