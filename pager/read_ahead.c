/*
 * Read-ahead from swap. (That of files is file_read_ahead(): its pages need no slots.)
 *
 *      fault        first use of a page read ahead
 *        v             v
 *      | D a a a a a a a a | . . .        D: demanded, a: read ahead with it, consecutive slots
 *                  |--half--->| b b b b   b: the next window, begun while half of this one is left
 *
 * A demanded page brings only what lies behind it on the disk, which costs hardly more than the page
 * itself. That one of those is used is evidence of a stream: from then on the next pages of the region
 * are read wherever they lie, before the program waits for them. The demanded page is a request of its
 * own: it does not wait for the others.
 */
#include "fault.h"
#include <quire/errno.h>

/* Begins to read the page at `index` if it is swapped out, at `slot` if that is not 0. False: no use in going on. */
static bool read_page(struct fault *fault, uint64_t index, uint32_t slot)
{
    const struct region *region = fault->region;
    struct anonymous *anonymous = anonymous_find(region->anonymous, index);
    struct policy_insert_info info = {.region = region->id, .advice = region->advice};
    int32_t error = 0;

    if (anonymous == NULL || anonymous->frame != 0 || anonymous->slot == 0 ||
        (slot != 0 && anonymous->slot != slot))
        return false;
    struct page *page = page_allocate(fault->space->group, NULL, &error);
    if (page == NULL)
        return false;
    if (anonymous_read(anonymous, page, index, &info, true) == 0)
        return true;
    page_abort(page, -ENOMEM);
    return false;
}

static uint64_t pages_ahead(const struct fault *fault)
{
    if (fault->region->advice == ADVICE_RANDOM)
        return 0;
    return group_option(fault->space->group, GROUP_READ_AHEAD);
}

void read_ahead_swap(struct fault *fault)
{
    const struct region *region = fault->region;
    uint64_t count = pages_ahead(fault);
    uint64_t last = region_index(region, region->end - PAGE_SIZE);
    uint32_t slot = fault->anonymous->slot;

    if (count == 0)
        return;
    swap_run_begin();
    for (uint64_t i = 1; i <= count && fault->index + i <= last; i++)
        if (!read_page(fault, fault->index + i, slot + (uint32_t)i))
            break;
    swap_run_end();
}

void read_ahead_used(struct fault *fault)
{
    const struct region *region = fault->region;
    uint64_t count = pages_ahead(fault);
    uint64_t last = region_index(region, region->end - PAGE_SIZE);
    uint64_t first = fault->index + (count > 1 ? count / 2 : 1);

    if (count == 0 || first > last)
        return;
    const struct anonymous *next = anonymous_find(region->anonymous, first);
    if (next == NULL || next->frame != 0)
        return; /* the window reaches farther still */
    swap_run_begin();
    for (uint64_t i = 0; i < count && first + i <= last; i++)
        if (!read_page(fault, first + i, 0))
            break;
    swap_run_end();
}
