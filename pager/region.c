/*
 * Making, cutting, joining and removing regions.
 *
 * Whoever changes an address space asks first for all memory that the change may need; what
 * follows cannot fail, so that no change is ever half done.
 */
#include "region.h"
#include <assert.h>
#include <quire/errno.h>

/* Kept free between a stack and the mapping below it: wider than the frame of any sane function, as on
   Linux. */
#define STACK_GUARD_BYTES (1ull << 20)

struct slab region_slab = SLAB_INITIALIZER(struct region);

static uint32_t last_id;

static void file_list_add(struct region *region)
{
    struct file_object *file = region->file;
    region->file_previous = NULL;
    region->file_next = file->regions;
    if (file->regions != NULL)
        file->regions->file_previous = region;
    file->regions = region;
}

static void file_list_remove(struct region *region)
{
    if (region->file_previous != NULL)
        region->file_previous->file_next = region->file_next;
    else
        region->file->regions = region->file_next;
    if (region->file_next != NULL)
        region->file_next->file_previous = region->file_previous;
}

struct region *region_allocate(uint64_t start, uint64_t end, uint32_t protection, uint32_t flags)
{
    struct region *region = slab_allocate(&region_slab);
    if (region == NULL)
        return NULL;
    region->start = start;
    region->end = end;
    region->protection = (uint8_t)protection;
    region->protection_most = PROTECT_READ | PROTECT_WRITE | PROTECT_EXECUTE;
    region->flags = (uint8_t)flags;
    region->file_end = UINT64_MAX;
    /* Private maps count pages by address, so that a stack has indexes to grow down into. */
    region->anonymous_index = flags & REGION_SHARED ? 0 : start >> PAGE_SHIFT;
    if (++last_id == 0)
        last_id = 1;
    region->id = last_id;
    return region;
}

void region_insert(struct address_space *space, struct region *region)
{
    region->space = space;
    region_tree_insert(&space->regions, region);
    space->region_count++;
}

void region_remove(struct address_space *space, struct region *region)
{
    region_tree_remove(&space->regions, region);
    space->region_count--;
}

void region_set_file(struct region *region, struct file_object *file, uint64_t offset,
                     uint64_t file_end)
{
    region->file = file;
    region->file_page = offset >> PAGE_SHIFT;
    region->file_end = file_end;
    file_list_add(region);
}

struct region *region_clone(const struct region *region)
{
    struct region *copy = slab_allocate(&region_slab);
    if (copy == NULL)
        return NULL;
    *copy = *region;
    if (copy->file != NULL) {
        file_object_hold(copy->file);
        file_list_add(copy);
    }
    if (copy->anonymous != NULL)
        anonymous_map_hold(copy->anonymous);
    return copy;
}

void region_free(struct region *region)
{
    if (region->file != NULL) {
        file_list_remove(region);
        file_object_drop(region->file);
    }
    if (region->anonymous != NULL)
        anonymous_map_drop(region->anonymous, POLICY_UNMAPPED);
    slab_free(&region_slab, region);
}

bool region_need_anonymous(struct region *region)
{
    if (region->anonymous == NULL)
        region->anonymous = anonymous_map_create();
    return region->anonymous != NULL;
}

/* `upper` is a clone of `region`, which straddles `at`. */
static void split(struct address_space *space, struct region *region, struct region *upper,
                  uint64_t at)
{
    uint64_t pages = (at - region->start) >> PAGE_SHIFT;
    upper->start = at;
    upper->file_page += pages;
    upper->anonymous_index += pages;
    upper->physical += pages << PAGE_SHIFT;
    upper->flags &= (uint8_t)~REGION_STACK; /* only the lowest piece can grow down */
    region->end = at;
    region_tree_changed(&space->regions, region);
    region_insert(space, upper);
}

/* A clone for cutting `region` at `at`, when it straddles that address; pieces share one anonymous map,
   so that they can be joined again. False: no memory. */
static bool prepare_split(struct region *region, uint64_t at, struct region **upper)
{
    *upper = NULL;
    if (region == NULL || region->start >= at || region->end <= at)
        return true;
    if (!(region->flags & (REGION_WIRED | REGION_STATISTICS)) && region_is_private(region) &&
        !region_need_anonymous(region))
        return false;
    *upper = region_clone(region);
    return *upper != NULL;
}

int32_t region_split_around(struct address_space *space, uint64_t start, uint64_t end)
{
    struct region *upper_of_start, *upper_of_end;
    struct region *region = region_tree_find(&space->regions, start);
    struct region *of_end = region;

    if (region == NULL || region->end < end)
        of_end = region_tree_find(&space->regions, end);
    if (!prepare_split(region, start, &upper_of_start))
        return -ENOMEM;
    if (!prepare_split(of_end, end, &upper_of_end)) {
        if (upper_of_start != NULL)
            region_free(upper_of_start);
        return -ENOMEM;
    }
    /* The end first: when both cuts hit one region, both clones are clones of the whole. */
    if (upper_of_end != NULL)
        split(space, of_end, upper_of_end, end);
    if (upper_of_start != NULL) {
        upper_of_start->end = region->end;
        split(space, region, upper_of_start, start);
    }
    return 0;
}

static bool alike(const struct region *lower, const struct region *upper)
{
    uint64_t pages = (lower->end - lower->start) >> PAGE_SHIFT;
    uint32_t stack = REGION_STACK; /* the lowest piece of a stack alone has it */
    return lower->end == upper->start && lower->id == upper->id &&
           lower->protection == upper->protection &&
           lower->protection_most == upper->protection_most && lower->advice == upper->advice &&
           lower->around == upper->around && (lower->flags & ~stack) == (upper->flags & ~stack) &&
           !(upper->flags & stack) && lower->mapping_start == upper->mapping_start &&
           lower->file == upper->file && lower->file_end == upper->file_end &&
           (lower->file == NULL || lower->file_page + pages == upper->file_page) &&
           lower->anonymous == upper->anonymous &&
           lower->anonymous_index + pages == upper->anonymous_index &&
           !(lower->flags & REGION_WIRED);
}

void region_merge_around(struct address_space *space, uint64_t start, uint64_t end)
{
    struct region *lower = region_tree_first_after(&space->regions, start > 0 ? start - 1 : 0);

    while (lower != NULL && lower->start <= end) {
        struct region *upper = lower->next;
        if (upper != NULL && alike(lower, upper)) {
            region_remove(space, upper);
            lower->end = upper->end;
            region_tree_changed(&space->regions, lower);
            region_free(upper);
        } else {
            lower = upper;
        }
    }
}

int32_t region_unmap(struct address_space *space, uint64_t start, uint64_t end,
                     enum policy_remove_why why)
{
    if (region_split_around(space, start, end) != 0)
        return -ENOMEM;

    region_pages_unmap(space, start, end);
    struct region *region = region_tree_first_after(&space->regions, start), *next;
    for (; region != NULL && region->start < end; region = next) {
        next = region->next;
        if (region->anonymous != NULL && region_is_private(region))
            anonymous_remove_range(region->anonymous, region->anonymous_index,
                                   region_index(region, region->end - PAGE_SIZE), why);
        region_remove(space, region);
        region_free(region);
    }
    return 0;
}

void region_start_writeback(const struct region *region, uint64_t start, uint64_t end)
{
    if (region->file == NULL || region_is_private(region) || region->file->dirty == 0)
        return;
    writeback_file(region->file, region_file_page(region, start),
                   region_file_page(region, end - PAGE_SIZE), NULL);
}

struct region *region_grow_stack(struct address_space *space, uint64_t address,
                                 uint64_t stack_pointer)
{
    struct region *stack = region_tree_first_after(&space->regions, address);
    uint64_t page = address & PAGE_MASK;

    /* PUSH and CALL write eight bytes below the stack pointer; nothing else may. */
    if (stack_pointer == 0 || address < stack_pointer - 8)
        return NULL;
    if (stack == NULL || !(stack->flags & REGION_STACK) || address < stack->growth_bottom)
        return NULL;
    /* What lies below must not be written by a stack that runs into it. */
    uint64_t guard = page > STACK_GUARD_BYTES ? page - STACK_GUARD_BYTES : 0;
    if (stack->previous != NULL && stack->previous->end > guard)
        return NULL;
    /* The tree knows the stack by what it may grow into: nothing changes there. */
    stack->anonymous_index -= (stack->start - page) >> PAGE_SHIFT;
    stack->start = page;
    return stack;
}
