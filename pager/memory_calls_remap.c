/*
 * mremap: a mapping grows, shrinks or moves.
 *
 *      shrink:            [ kept )[ unmapped )
 *      grow in place:     [ old        )[ new )        when what follows is free
 *      move:              the region, with all that stands behind it, gets another address; its pages
 *                         are mapped there as they are touched
 *
 * The range must lie in one region. A piece of a private mapping that grows gets an anonymous map of its
 * own first: the next indexes of the one that it shares with other pieces may be taken.
 */
#include "memory_calls.h"
#include <quire/errno.h>

#define REMAP_MAY_MOVE 1u /* <sys/mman.h>, Linux's values */
#define REMAP_FIXED 2u

struct remap {
    uint64_t old_start, old_length, new_length, new_start;
    uint32_t flags;
};

static int32_t decode(const struct request *request, struct remap *remap, struct region **region)
{
    const uint64_t *words = request->message.words;
    struct address_space *space = request->space;

    *remap = (struct remap){
        .old_start = words[0],
        .old_length = (words[1] + PAGE_SIZE - 1) & PAGE_MASK,
        .new_length = (words[2] + PAGE_SIZE - 1) & PAGE_MASK,
        .flags = (uint32_t)words[3],
        .new_start = words[4],
    };
    if (remap->old_start & ~PAGE_MASK || words[1] == 0 || words[2] == 0 ||
        words[1] > PROGRAM_ADDRESS_LIMIT || words[3] & ~(uint64_t)(REMAP_MAY_MOVE | REMAP_FIXED) ||
        !memory_range_allowed(remap->old_start, remap->old_start + remap->old_length))
        return -EINVAL;
    if (words[2] > PROGRAM_ADDRESS_LIMIT)
        return -ENOMEM;
    if (remap->flags & REMAP_FIXED &&
        (!(remap->flags & REMAP_MAY_MOVE) || remap->new_start & ~PAGE_MASK ||
         !memory_range_allowed(remap->new_start, remap->new_start + remap->new_length) ||
         (remap->new_start < remap->old_start + remap->old_length &&
          remap->old_start < remap->new_start + remap->new_length)))
        return -EINVAL;

    *region = region_find(space, remap->old_start);
    if (*region == NULL || (*region)->end < remap->old_start + remap->old_length ||
        (*region)->flags & (REGION_WIRED | REGION_STATISTICS | REGION_STACK | REGION_HEAP))
        return -EFAULT;
    if ((*region)->file != NULL &&
        region_file_page(*region, remap->old_start) + (remap->new_length >> PAGE_SHIFT) >
            UINT32_MAX)
        return -EOVERFLOW;
    return 0;
}

/* Whether the indexes that follow the region's in its anonymous map are free; makes them so. False: no
   memory, nothing changed. */
static bool can_extend(struct region *region)
{
    struct anonymous_map *shared = region->anonymous;
    if (!region_is_private(region) || shared == NULL || shared->references == 1)
        return true;

    uint64_t first = region->anonymous_index, last = region_index(region, region->end - PAGE_SIZE);
    struct anonymous_map *own = anonymous_map_create();
    if (own == NULL)
        return false;
    if (anonymous_share_range(shared, first, last, own) != 0) {
        anonymous_map_drop(own, POLICY_UNMAPPED);
        return false;
    }
    anonymous_remove_range(shared, first, last, POLICY_UNMAPPED);
    anonymous_map_drop(shared, POLICY_UNMAPPED);
    region->anonymous = own;
    return true;
}

static int32_t grow_in_place(struct address_space *space, struct region *region, uint64_t end)
{
    if (!can_extend(region))
        return -ENOMEM;
    region->end = end;
    region_tree_changed(&space->regions, region);
    if (region->mapping_start != 0)
        region->mapping_end = end;
    return 0;
}

/* `region` is exactly the part that moves. */
static void move(struct address_space *space, struct region *region, uint64_t start,
                 uint32_t new_id, uint64_t new_end)
{
    uint64_t length = region->end - region->start;
    region_pages_unmap(space, region->start, region->end);
    region_remove(space, region);
    region->start = start;
    region->end = start + length;
    region->id = new_id;
    if (region->mapping_start != 0) {
        region->mapping_start = start;
        region->mapping_end = new_end;
    }
    region_insert(space, region);
}

static int32_t grow_by_moving(struct address_space *space, struct remap *remap, uint64_t *place)
{
    uint64_t old_end = remap->old_start + remap->old_length;

    *place = remap->flags & REMAP_FIXED ? remap->new_start : memory_place(space, remap->new_length);
    if (*place == 0)
        return -ENOMEM;
    uint64_t new_end = *place + remap->new_length;
    /* An id of its own: what stays behind of the old mapping is another mapping now. */
    struct region *id_source = region_allocate(*place, new_end, 0, 0);
    if (id_source == NULL)
        return -ENOMEM;
    uint32_t id = id_source->id;
    region_free(id_source);
    if (region_split_around(space, remap->old_start, old_end) != 0)
        return -ENOMEM;
    struct region *region = region_find(space, remap->old_start);
    if (remap->new_length > remap->old_length && !can_extend(region))
        return -ENOMEM;
    if (remap->flags & REMAP_FIXED &&
        region_unmap(space, remap->new_start, new_end, POLICY_UNMAPPED) != 0)
        return -ENOMEM;

    move(space, region, *place, id, new_end);
    if (remap->new_length > remap->old_length) {
        region->end = new_end;
        region_tree_changed(&space->regions, region);
    }
    return 0;
}

static int32_t remap_now(struct address_space *space, struct remap *remap, struct region *region,
                         uint64_t *place)
{
    uint64_t old_end = remap->old_start + remap->old_length;
    uint64_t new_end = remap->old_start + remap->new_length;
    bool fixed = remap->flags & REMAP_FIXED;

    *place = remap->old_start;
    if (remap->new_length < remap->old_length) {
        int32_t error = region_unmap(space, new_end, old_end, POLICY_UNMAPPED);
        if (error != 0)
            return error;
        remap->old_length = remap->new_length;
    }
    if (!fixed && remap->new_length <= remap->old_length)
        return 0;
    if (!fixed && region->end == old_end && memory_range_allowed(remap->old_start, new_end) &&
        memory_is_free(space, old_end, new_end))
        return grow_in_place(space, region, new_end);
    if (!(remap->flags & REMAP_MAY_MOVE))
        return -ENOMEM;
    return grow_by_moving(space, remap, place);
}

enum { REMAP_PLACE = 0, REMAP_END = 1 }; /* of scratch */

enum request_status memory_remap_step(struct request *request)
{
    struct address_space *space = request->space;
    struct remap remap;
    struct region *region;
    uint64_t place;
    int32_t error;

    if (request->progress == 0) {
        error = decode(request, &remap, &region);
        if (error == 0)
            error = remap_now(space, &remap, region, &place);
        if (error != 0)
            return memory_done(request, error);
        request->value[0] = place;
        region = region_find(space, place);
        if (!(region->flags & REGION_LOCKED))
            return memory_done(request, 0);
        request->progress = 1;
        request->scratch[REMAP_PLACE] = place;
        request->scratch[REMAP_END] = place + remap.new_length;
    }
    /* A locked mapping is all in memory at its new place too. */
    if (memory_populate(request, &request->scratch[REMAP_PLACE], request->scratch[REMAP_END],
                        POPULATE_OWN, &error) == REQUEST_PARKED)
        return REQUEST_PARKED;
    return memory_done(request, 0);
}
