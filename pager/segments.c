/*
 * Regions that programs do not ask for: the segments of their executable, stack, wired ranges of
 * servers, the statistics page.
 */
#include "region.h"
#include "services.h"
#include <quire/errno.h>

static bool range_is_free(struct address_space *space, uint64_t start, uint64_t end)
{
    const struct region *next = region_tree_first_after(&space->regions, start);
    return next == NULL || next->start >= end;
}

int32_t region_map_segment(struct address_space *space, uint64_t address, uint64_t length,
                           uint32_t protection, struct file_object *file, uint64_t offset,
                           uint64_t file_bytes)
{
    uint64_t end, file_end;
    if ((address | offset) & ~PAGE_MASK || length == 0 || file_bytes > length || address == 0 ||
        protection > (PROTECT_READ | PROTECT_WRITE | PROTECT_EXECUTE) ||
        (file_bytes != 0 && file == NULL))
        return -EINVAL;
    if (__builtin_add_overflow(address, length, &end) || end > PROGRAM_ADDRESS_LIMIT - PAGE_SIZE ||
        __builtin_add_overflow(offset, file_bytes, &file_end))
        return -EINVAL;
    end = (end + PAGE_SIZE - 1) & PAGE_MASK;
    if (!range_is_free(space, address, end))
        return -EEXIST;

    struct region *region = region_allocate(address, end, protection, REGION_SEGMENT);
    if (region == NULL)
        return -ENOMEM;
    if (file_bytes != 0) {
        file_object_hold(file);
        /* A segment that nobody can write and that ends with its file bytes shares the last page as
           it is in the cache, like all pages of text: what follows in it is no secret and no data. */
        bool whole_pages = !(protection & PROTECT_WRITE) && file_bytes == length;
        region_set_file(region, file, offset, whole_pages ? UINT64_MAX : file_end);
    }
    region_insert(space, region);
    if (space->heap_start < end)
        space->heap_start = space->heap_end = end;
    return 0;
}

int32_t region_map_stack(struct address_space *space, uint64_t top, uint64_t limit_bytes)
{
    if (top & ~PAGE_MASK || top > PROGRAM_ADDRESS_LIMIT || limit_bytes < PAGE_SIZE ||
        limit_bytes > top)
        return -EINVAL;
    if (!range_is_free(space, top - PAGE_SIZE, top))
        return -EEXIST;
    struct region *region =
        region_allocate(top - PAGE_SIZE, top, PROTECT_READ | PROTECT_WRITE, REGION_STACK);
    if (region == NULL)
        return -ENOMEM;
    region->growth_bottom = (top - limit_bytes + PAGE_SIZE - 1) & PAGE_MASK;
    region_insert(space, region);
    return 0;
}

static int32_t map_wired(struct address_space *space, uint64_t address, uint64_t length,
                         uint64_t physical, uint32_t protection, uint32_t flags)
{
    if ((address | length | physical) & ~PAGE_MASK || length == 0)
        return -EINVAL;
    if (!range_is_free(space, address, address + length))
        return -EEXIST;
    struct region *region = region_allocate(address, address + length, protection, flags);
    if (region == NULL)
        return -ENOMEM;
    region->physical = physical;
    region->protection_most = (uint8_t)protection;
    region_insert(space, region);
    return 0;
}

int32_t region_map_wired(struct address_space *space, uint64_t address, uint64_t length,
                         uint64_t physical, uint32_t protection)
{
    return map_wired(space, address, length, physical, protection, REGION_WIRED);
}

int32_t region_map_statistics(struct address_space *space)
{
    return map_wired(space, STATISTICS_ADDRESS, PAGE_SIZE, statistics_page_physical(), PROTECT_READ,
                     REGION_STATISTICS);
}
