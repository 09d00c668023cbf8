/*
 * fork: a second address space with the same contents.
 *
 *                     parent's region                child's region
 *      shared file    file                    ==     the same file
 *      shared anon.   map                     ==     the same map
 *      private        file, map               ==     the same file; a map of its own that names the
 *                      |                      ==     same entries, whose references go up
 *                      +- mapped read-only from now on
 *
 * The child's page tables are empty: its own faults fill them. So the cost is that of the regions
 * and of the pages that were ever touched, however large the address range is.
 */
#include "region.h"
#include <quire/errno.h>

/* The child's slice of a private map. */
static int32_t copy_private_map(struct region *parent, struct region *child)
{
    child->anonymous = anonymous_map_create();
    if (child->anonymous == NULL) {
        anonymous_map_drop(parent->anonymous, POLICY_UNMAPPED);
        return -ENOMEM;
    }
    /* The clone held the parent's map. The child's slice becomes a map of its own, which the parent's
       later writes do not change. */
    anonymous_map_drop(parent->anonymous, POLICY_UNMAPPED);
    return anonymous_share_range(parent->anonymous, parent->anonymous_index,
                                 region_index(parent, parent->end - PAGE_SIZE), child->anonymous);
}

static int32_t copy_region(struct address_space *space, struct region *parent,
                           struct address_space *child_space)
{
    struct region *child = region_clone(parent);
    int32_t error = 0;

    if (child == NULL)
        return -ENOMEM;
    child->flags &= (uint8_t)~REGION_LOCKED; /* locks are not inherited (POSIX) */
    if (region_is_private(parent) && parent->anonymous != NULL)
        error = copy_private_map(parent, child);
    region_insert(child_space, child);
    if (error == 0 && region_is_private(parent) && parent->anonymous != NULL)
        region_pages_restrict(space, parent->start, parent->end, PAGE_WRITE);
    return error;
}

int32_t address_space_fork(struct address_space *parent, struct address_space *child)
{
    for (struct region *region = parent->regions.first; region != NULL; region = region->next) {
        if (copy_region(parent, region, child) != 0) {
            /* What was shared so far is given back; the parent's pages become writable again as it
               writes to them. Nothing is split here. */
            region_unmap(child, 0, USER_ADDRESS_LIMIT, POLICY_EXITED);
            return -ENOMEM;
        }
    }
    child->heap_start = parent->heap_start;
    child->heap_end = parent->heap_end;
    return 0;
}
