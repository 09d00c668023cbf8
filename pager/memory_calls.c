/*
 * mmap, munmap, mprotect: the calls that change which regions there are.
 *
 * Each checks everything first and asks for all the memory it needs; then it changes the address
 * space, which cannot fail.
 */
#include "memory_calls.h"
#include "fault.h"
#include "services.h"
#include <quire/errno.h>

#define PROTECT_ALL (PROTECT_READ | PROTECT_WRITE | PROTECT_EXECUTE)
#define POPULATE_PAGES_AT_ONCE 64 /* then other requests have their turn */

bool memory_range(const struct request *request, uint64_t *start, uint64_t *end)
{
    uint64_t length = request->message.words[1];
    *start = request->message.words[0];
    if (*start & ~PAGE_MASK || length == 0 || length > PROGRAM_ADDRESS_LIMIT)
        return false;
    *end = *start + ((length + PAGE_SIZE - 1) & PAGE_MASK);
    return memory_range_allowed(*start, *end);
}

bool memory_covered(struct address_space *space, uint64_t start, uint64_t end)
{
    while (start < end) {
        const struct region *region = region_find(space, start);
        if (region == NULL)
            return false;
        start = region->end;
    }
    return true;
}

static bool populates_by_writing(const struct region *region, enum populate kind)
{
    if (region == NULL || kind == POPULATE_READ)
        return false;
    return kind == POPULATE_WRITE ||
           (region->protection & PROTECT_WRITE && region_is_private(region));
}

enum request_status memory_populate(struct request *request, uint64_t *at, uint64_t end,
                                    enum populate kind, int32_t *error)
{
    struct address_space *space = request->space;

    *error = 0;
    for (unsigned pages = 0; *at < end; pages++) {
        const struct region *region = region_find(space, *at);
        struct fault fault = {
            .waiter = &request->waiter,
            .space = space,
            .address = *at,
            .write = populates_by_writing(region, kind),
        };
        if (pages == POPULATE_PAGES_AT_ONCE) {
            event_loop_yield(&request->waiter);
            return REQUEST_PARKED;
        }
        enum fault_state state = fault_run(&fault);
        if (state == FAULT_PARKED)
            return REQUEST_PARKED;
        if (state == FAULT_BAD || !fault_map_now(&fault)) {
            *error = -ENOMEM;
            return REQUEST_DONE;
        }
        *at += PAGE_SIZE;
    }
    return REQUEST_DONE;
}

/* ---------------------------------------------------------------- mmap */

struct map_arguments {
    uint64_t address, length, offset;
    uint32_t protection, flags;
    int32_t descriptor;
    struct file_object *file; /* held */
    bool may_write;           /* a shared mapping may be made writable */
};

static bool is_fixed(const struct map_arguments *map)
{
    return map->flags & (MAP_FLAG_FIXED | MAP_FLAG_FIXED_NOREPLACE);
}

static int32_t decode_map(const struct request *request, struct map_arguments *map)
{
    const uint64_t *words = request->message.words;
    uint64_t end;
    uint32_t sharing;

    *map = (struct map_arguments){
        .address = words[0],
        .length = (words[1] + PAGE_SIZE - 1) & PAGE_MASK,
        .protection = (uint32_t)words[2],
        .flags = (uint32_t)(words[2] >> 32),
        .descriptor = (int32_t)words[3],
        .offset = words[4],
        .may_write = true,
    };
    sharing = map->flags & (MAP_FLAG_SHARED | MAP_FLAG_PRIVATE);
    if (words[1] == 0 || map->protection & ~PROTECT_ALL || sharing == 0 ||
        sharing == (MAP_FLAG_SHARED | MAP_FLAG_PRIVATE))
        return -EINVAL;
    if (map->length == 0 || map->length > PROGRAM_ADDRESS_LIMIT)
        return -ENOMEM;
    if (is_fixed(map)) {
        if (map->address & ~PAGE_MASK)
            return -EINVAL;
        if (!memory_range_allowed(map->address, map->address + map->length))
            return map->address < PROGRAM_ADDRESS_MIN ? -EINVAL : -ENOMEM;
    }
    if (!(map->flags & MAP_FLAG_ANONYMOUS)) {
        if (map->offset & ~PAGE_MASK)
            return -EINVAL;
        /* Page indexes of files are 32 bits wide. */
        if (__builtin_add_overflow(map->offset, map->length, &end) ||
            end >> PAGE_SHIFT > UINT32_MAX)
            return -EOVERFLOW;
    }
    return 0;
}

/* The file of the mapping, held. A shared mapping of a file that is not open for writing can never become
   writable, and a running program's file is written by nobody. */
static int32_t open_map_file(struct address_space *space, struct map_arguments *map)
{
    bool shared = map->flags & MAP_FLAG_SHARED;
    int32_t error = 0;

    if (map->flags & MAP_FLAG_ANONYMOUS)
        return 0;
    if (shared)
        map->file = descriptor_file(space, map->descriptor, true, &error);
    if (map->file != NULL && map->file->executing != 0) {
        file_object_drop(map->file);
        map->file = NULL;
        if (map->protection & PROTECT_WRITE)
            return -ETXTBSY;
    }
    if (map->file == NULL) {
        if (shared && map->protection & PROTECT_WRITE)
            return error;
        map->may_write = !shared;
        map->file = descriptor_file(space, map->descriptor, false, &error);
    }
    return map->file != NULL ? 0 : error;
}

/* 0: no room. A hint is taken when it is free, as programs that give one expect. */
static uint64_t choose_address(struct address_space *space, const struct map_arguments *map)
{
    uint64_t hint = map->address & PAGE_MASK;
    if (is_fixed(map))
        return map->address;
    if (hint != 0 && memory_range_allowed(hint, hint + map->length) &&
        memory_is_free(space, hint, hint + map->length))
        return hint;
    return memory_place(space, map->length);
}

static struct region *make_region(const struct map_arguments *map, uint64_t address)
{
    bool shared = map->flags & MAP_FLAG_SHARED;
    struct region *region = region_allocate(address, address + map->length, map->protection,
                                            (shared ? REGION_SHARED : 0) |
                                                (map->flags & MAP_FLAG_LOCKED ? REGION_LOCKED : 0));
    if (region == NULL)
        return NULL;
    region->mapping_start = address;
    region->mapping_end = address + map->length;
    if (!map->may_write)
        region->protection_most &= (uint8_t)~PROTECT_WRITE;
    /* What is shared across fork must exist before it. */
    if (shared && map->file == NULL && !region_need_anonymous(region)) {
        region_free(region);
        return NULL;
    }
    return region;
}

static int32_t commit_map(struct address_space *space, struct map_arguments *map, uint64_t *address)
{
    uint64_t end;

    *address = choose_address(space, map);
    if (*address == 0)
        return -ENOMEM;
    end = *address + map->length;
    if (map->flags & MAP_FLAG_FIXED_NOREPLACE && !memory_is_free(space, *address, end))
        return -EEXIST;
    struct region *region = make_region(map, *address);
    if (region == NULL)
        return -ENOMEM;
    if (is_fixed(map) && !memory_is_free(space, *address, end) &&
        region_unmap(space, *address, end, POLICY_UNMAPPED) != 0) {
        region_free(region);
        return -ENOMEM;
    }
    if (map->file != NULL) {
        region_set_file(region, map->file, map->offset, UINT64_MAX);
        map->file = NULL;
    }
    region_insert(space, region);
    return 0;
}

enum { MAP_POPULATED = 0, MAP_ADDRESS = 1 }; /* of scratch */

static int32_t map_now(struct request *request)
{
    struct map_arguments map;
    uint64_t address = 0;
    int32_t error = decode_map(request, &map);

    if (error == 0)
        error = open_map_file(request->space, &map);
    if (error == 0)
        error = commit_map(request->space, &map, &address);
    if (map.file != NULL)
        file_object_drop(map.file);
    request->value[0] = request->scratch[MAP_ADDRESS] = request->scratch[MAP_POPULATED] = address;
    return error;
}

enum request_status memory_map_step(struct request *request)
{
    uint32_t flags = (uint32_t)(request->message.words[2] >> 32);
    int32_t error;

    if (request->progress == 0) {
        error = map_now(request);
        if (error != 0 || !(flags & (MAP_FLAG_POPULATE | MAP_FLAG_LOCKED)))
            return memory_done(request, error);
        request->progress = 1;
    }
    /* The mapping stands even if not every page of it can be had now (mmap(2) of Linux says the same). */
    uint64_t length = (request->message.words[1] + PAGE_SIZE - 1) & PAGE_MASK;
    if (memory_populate(request, &request->scratch[MAP_POPULATED],
                        request->scratch[MAP_ADDRESS] + length, POPULATE_OWN,
                        &error) == REQUEST_PARKED)
        return REQUEST_PARKED;
    return memory_done(request, 0);
}

/* ---------------------------------------------------------------- munmap */

static void start_writeback(struct address_space *space, uint64_t start, uint64_t end)
{
    for (struct region *region = region_tree_first_after(&space->regions, start);
         region != NULL && region->start < end; region = region->next)
        region_start_writeback(region, region->start > start ? region->start : start,
                               region->end < end ? region->end : end);
}

enum request_status memory_unmap_step(struct request *request)
{
    uint64_t start, end;
    if (!memory_range(request, &start, &end))
        return memory_done(request, -EINVAL);
    start_writeback(request->space, start, end);
    return memory_done(request, region_unmap(request->space, start, end, POLICY_UNMAPPED));
}

/* The first piece of the mapping that PAGER_MAP placed at `address`. */
static struct region *mapping_at(struct address_space *space, uint64_t address)
{
    struct region *region = region_tree_first_after(&space->regions, address);
    /* Usually the first one; if its beginning was unmapped or replaced, a later one. */
    while (region != NULL && region->mapping_start != address)
        region = region->next;
    return region;
}

enum request_status memory_unmap_whole_step(struct request *request)
{
    struct address_space *space = request->space;
    uint64_t address = request->message.words[0];
    struct region *region = address != 0 ? mapping_at(space, address) : NULL;

    if (region == NULL)
        return memory_done(request, -EINVAL);
    uint32_t id = region->id;
    uint64_t mapping_end = region->mapping_end;
    while (region != NULL && region->start < mapping_end) {
        uint64_t end = region->end;
        if (region->id == id) {
            if (region->mapping_end > mapping_end)
                mapping_end = region->mapping_end;
            region_start_writeback(region, region->start, end);
            region_unmap(space, region->start, end, POLICY_UNMAPPED); /* splits nothing */
        }
        region = region_tree_first_after(&space->regions, end);
    }
    return memory_done(request, 0);
}

/* ---------------------------------------------------------------- mprotect */

static int32_t check_protect(struct address_space *space, uint64_t start, uint64_t end,
                             uint32_t protection)
{
    if (!memory_covered(space, start, end))
        return -ENOMEM;
    for (const struct region *region = region_tree_first_after(&space->regions, start);
         region != NULL && region->start < end; region = region->next)
        if (protection & ~region->protection_most)
            return -EACCES;
    return 0;
}

/* Takes from the hardware what the region no longer allows; what it allows now comes by faults. */
static void take_rights(struct address_space *space, const struct region *region, uint32_t before)
{
    uint32_t lost = before & ~(uint32_t)region->protection;
    uint64_t rights =
        (lost & PROTECT_WRITE ? PAGE_WRITE : 0) | (lost & PROTECT_EXECUTE ? PAGE_EXECUTE : 0);

    if (region->protection == 0)
        region_pages_unmap(space, region->start, region->end);
    else if (rights != 0)
        region_pages_restrict(space, region->start, region->end, rights);
}

enum request_status memory_protect_step(struct request *request)
{
    struct address_space *space = request->space;
    uint32_t protection = (uint32_t)request->message.words[2];
    uint64_t start, end;

    if (!memory_range(request, &start, &end) || request->message.words[2] > PROTECT_ALL)
        return memory_done(request, -EINVAL);
    int32_t error = check_protect(space, start, end, protection);
    if (error == 0)
        error = region_split_around(space, start, end);
    if (error != 0)
        return memory_done(request, error);

    for (struct region *region = region_tree_first_after(&space->regions, start);
         region != NULL && region->start < end; region = region->next) {
        uint32_t before = region->protection;
        region->protection = (uint8_t)protection;
        take_rights(space, region, before);
    }
    region_merge_around(space, start, end);
    return memory_done(request, 0);
}

/* ---------------------------------------------------------------- the frame behind an address */

enum request_status memory_physical_step(struct request *request)
{
    uint64_t address = request->message.words[0];
    uint64_t entry =
        address < PROGRAM_ADDRESS_LIMIT ? page_table_entry(request->space, address) : 0;
    request->value[0] = entry & PAGE_PRESENT ? entry & PAGE_FRAME_MASK : 0;
    return memory_done(request, 0);
}
