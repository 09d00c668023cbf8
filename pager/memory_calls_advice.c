/*
 * madvise, mincore, mlock: what programs say and ask about which of their pages are in memory.
 */
#include "fault.h"
#include "file_page.h"
#include "memory_calls.h"
#include "services.h"
#include <quire/errno.h>

/* Reads begun for one WILLNEED call: a hint must not take all frames. */
#define WILL_NEED_PAGES 256

static void read_swapped(struct address_space *space, struct region *region, uint64_t start,
                         uint64_t end)
{
    struct anonymous *anonymous;
    uint64_t last = region_index(region, end - PAGE_SIZE), pages = 0;

    for (uint64_t index = region_index(region, start);
         (anonymous = radix_next(&region->anonymous->entries, &index, last)) != NULL; index++) {
        struct policy_insert_info info = {.region = region->id, .advice = region->advice};
        int32_t error;
        if (anonymous->frame != 0 || anonymous->slot == 0)
            continue;
        if (pages++ == WILL_NEED_PAGES)
            return;
        struct page *page = page_allocate(space->group, NULL, &error);
        if (page == NULL)
            return;
        if (anonymous_read(anonymous, page, index, &info, true) != 0) {
            page_abort(page, -ENOMEM);
            return;
        }
    }
}

static void will_need(struct address_space *space, struct region *region, uint64_t start,
                      uint64_t end)
{
    struct file_page_request request = {
        .group = space->group,
        .info = {.region = region->id, .advice = region->advice},
    };
    if (region->anonymous != NULL) {
        swap_run_begin();
        read_swapped(space, region, start, end);
        swap_run_end();
    }
    if (region->file != NULL)
        file_read_ahead(region->file, region_file_page(region, start),
                        region_file_page(region, end - PAGE_SIZE), WILL_NEED_PAGES, &request);
}

/* Private pages are forgotten: the next touch finds zeros, or the file's page. Shared ones are only unmapped. */
static void dont_need(struct address_space *space, struct region *region, uint64_t start,
                      uint64_t end)
{
    region_pages_unmap(space, start, end);
    if (region->anonymous != NULL && region_is_private(region))
        anonymous_remove_range(region->anonymous, region_index(region, start),
                               region_index(region, end - PAGE_SIZE), POLICY_UNMAPPED);
}

static int32_t check_dont_need(struct address_space *space, uint64_t start, uint64_t end)
{
    for (const struct region *region = region_tree_first_after(&space->regions, start);
         region != NULL && region->start < end; region = region->next)
        if (region->flags & (REGION_LOCKED | REGION_WIRED | REGION_STATISTICS))
            return -EINVAL;
    return 0;
}

static void remember(struct region *region, enum advice advice)
{
    switch (advice) {
    case ADVICE_FAULT_AROUND: region->around = AROUND_ALWAYS; break;
    case ADVICE_NO_FAULT_AROUND: region->around = AROUND_NEVER; break;
    case ADVICE_HUGE_PAGE: region->flags |= REGION_HUGE; break;
    case ADVICE_NO_HUGE_PAGE: region->flags &= (uint8_t)~REGION_HUGE; break;
    default: region->advice = (uint8_t)advice; break;
    }
}

/* What is remembered with the region, for faults, read-ahead and policies. */
static int32_t record_advice(struct address_space *space, uint64_t start, uint64_t end,
                             enum advice advice)
{
    int32_t error = region_split_around(space, start, end);
    if (error != 0)
        return error;
    for (struct region *region = region_tree_first_after(&space->regions, start);
         region != NULL && region->start < end; region = region->next)
        remember(region, advice);
    region_merge_around(space, start, end);
    return 0;
}

static void for_each_part(struct address_space *space, uint64_t start, uint64_t end,
                          void (*act)(struct address_space *, struct region *, uint64_t, uint64_t))
{
    for (struct region *region = region_tree_first_after(&space->regions, start);
         region != NULL && region->start < end; region = region->next)
        act(space, region, region->start > start ? region->start : start,
            region->end < end ? region->end : end);
}

/* As each access would, but nobody dies of it. */
static enum request_status populate(struct request *request, uint64_t start, uint64_t end,
                                    enum populate kind)
{
    uint32_t needed = kind == POPULATE_WRITE ? PROTECT_READ | PROTECT_WRITE : PROTECT_READ;
    int32_t error;

    if (request->progress == 0) {
        for (const struct region *region = region_find(request->space, start);
             region != NULL && region->start < end; region = region->next)
            if ((region->protection & needed) != needed)
                return memory_done(request, -EINVAL);
        request->progress = start;
    }
    if (memory_populate(request, &request->progress, end, kind, &error) == REQUEST_PARKED)
        return REQUEST_PARKED;
    return memory_done(request, error == 0 ? 0 : -EFAULT);
}

enum request_status memory_advise_step(struct request *request)
{
    struct address_space *space = request->space;
    uint64_t start, end, advice = request->message.words[2];
    int32_t error;

    if (!memory_range(request, &start, &end))
        return memory_done(request, -EINVAL);
    if (!memory_covered(space, start, end))
        return memory_done(request, -ENOMEM);
    switch (advice) {
    case ADVICE_NORMAL:
    case ADVICE_RANDOM:
    case ADVICE_SEQUENTIAL:
    case ADVICE_HUGE_PAGE:
    case ADVICE_NO_HUGE_PAGE:
    case ADVICE_FAULT_AROUND:
    case ADVICE_NO_FAULT_AROUND:
        return memory_done(request, record_advice(space, start, end, (enum advice)advice));
    case ADVICE_POPULATE_READ: return populate(request, start, end, POPULATE_READ);
    case ADVICE_POPULATE_WRITE: return populate(request, start, end, POPULATE_WRITE);
    case ADVICE_WILL_NEED:
        for_each_part(space, start, end, will_need);
        return memory_done(request, 0);
    case ADVICE_DONT_NEED:
    case ADVICE_FREE:
        error = check_dont_need(space, start, end);
        if (error == 0)
            for_each_part(space, start, end, dont_need);
        return memory_done(request, error);
    default: return memory_done(request, -EINVAL);
    }
}

/* ---------------------------------------------------------------- mincore */

static bool is_in_memory(struct address_space *space, uint64_t address)
{
    const struct region *region = region_find(space, address);
    const struct page *page = NULL;

    if (region->flags & (REGION_WIRED | REGION_STATISTICS))
        return true;
    if (region->anonymous != NULL) {
        const struct anonymous *anonymous =
            anonymous_find(region->anonymous, region_index(region, address));
        if (anonymous != NULL)
            page = anonymous_page(anonymous);
    }
    if (page == NULL && region->file != NULL)
        page = file_page_lookup(region->file, region_file_page(region, address));
    return page != NULL && page->state == PAGE_STATE_RESIDENT;
}

#define VECTOR_PIECE 64          /* pages a copy */
#define VECTOR_PIECES_AT_ONCE 64 /* copies before others have their turn */

enum request_status memory_resident_step(struct request *request)
{
    struct address_space *space = request->space;
    uint64_t start, end, vector = request->message.words[2];

    if (!memory_range(request, &start, &end))
        return memory_done(request, -EINVAL);
    if (!memory_covered(space, start, end))
        return memory_done(request, -ENOMEM);
    uint64_t pages = (end - start) >> PAGE_SHIFT;
    for (unsigned pieces = 0; request->progress < pages; pieces++) {
        uint8_t piece[VECTOR_PIECE];
        uint64_t count = pages - request->progress;
        if (count > VECTOR_PIECE)
            count = VECTOR_PIECE;
        if (pieces == VECTOR_PIECES_AT_ONCE) {
            event_loop_yield(&request->waiter);
            return REQUEST_PARKED;
        }
        for (uint64_t i = 0; i < count; i++)
            piece[i] = is_in_memory(space, start + ((request->progress + i) << PAGE_SHIFT));
        uint64_t done = 0;
        enum copy_status status = user_copy_out(request, space, vector + request->progress, piece,
                                                count, request->message.words[5], &done);
        if (status == COPY_PARKED)
            return REQUEST_PARKED; /* the piece is made anew: what it says may have changed */
        if (status == COPY_FAULT)
            return user_fault_result(request, vector + request->progress + done);
        request->progress += count;
    }
    return memory_done(request, 0);
}

/* ---------------------------------------------------------------- mlock, munlock */

/* Frames locked by all programs of the group. O(address spaces): locking is rare. */
static uint64_t locked_in_group(const struct group *group)
{
    uint64_t locked = 0;
    for (const struct address_space *space = address_space_first(); space != NULL;
         space = space->next)
        if (space->group == group)
            locked += space->locked_pages;
    return locked;
}

/* Half of a group's frames stay for paging, or the programs in it could not go on. */
static bool may_lock(struct address_space *space, uint64_t start, uint64_t end)
{
    uint64_t limit = group_counters(space->group)->limit / 2;
    uint64_t locked = locked_in_group(space->group);
    for (const struct region *region = region_tree_first_after(&space->regions, start);
         region != NULL && region->start < end; region = region->next) {
        uint64_t from = region->start > start ? region->start : start;
        uint64_t to = region->end < end ? region->end : end;
        if (!(region->flags & (REGION_LOCKED | REGION_WIRED | REGION_STATISTICS)))
            locked += (to - from) >> PAGE_SHIFT;
    }
    return locked <= limit;
}

/* Pins or unpins what is mapped now; later mappings of a locked region pin themselves. */
static void pin_mapped(struct address_space *space, struct region *region, bool pin)
{
    uint64_t entry;
    for (uint64_t at = region->start; (entry = page_table_next(space, &at, region->end)) != 0;
         at += PAGE_SIZE) {
        struct page *page = page_of_physical(entry & PAGE_FRAME_MASK);
        if (page->state != PAGE_STATE_RESIDENT)
            continue;
        if (pin) {
            page_pin(page);
            space->locked_pages++;
        } else {
            page_unpin(page);
            space->locked_pages--;
        }
    }
}

static int32_t set_locked(struct address_space *space, uint64_t start, uint64_t end, bool locked)
{
    int32_t error = region_split_around(space, start, end);
    if (error != 0)
        return error;
    for (struct region *region = region_tree_first_after(&space->regions, start);
         region != NULL && region->start < end; region = region->next) {
        if (region->flags & (REGION_WIRED | REGION_STATISTICS) ||
            locked == ((region->flags & REGION_LOCKED) != 0))
            continue;
        pin_mapped(space, region, locked);
        region->flags ^= REGION_LOCKED;
    }
    region_merge_around(space, start, end);
    return 0;
}

enum request_status memory_lock_step(struct request *request)
{
    struct address_space *space = request->space;
    uint64_t start, end;

    if (!memory_range(request, &start, &end))
        return memory_done(request, -EINVAL);
    if (request->progress == 0) {
        if (!memory_covered(space, start, end) || !may_lock(space, start, end))
            return memory_done(request, -ENOMEM);
        int32_t error = set_locked(space, start, end, true);
        if (error != 0)
            return memory_done(request, error);
        request->progress = start;
    }
    int32_t error;
    if (memory_populate(request, &request->progress, end, POPULATE_OWN, &error) == REQUEST_PARKED)
        return REQUEST_PARKED;
    return memory_done(request, error);
}

enum request_status memory_unlock_step(struct request *request)
{
    uint64_t start, end;
    if (!memory_range(request, &start, &end))
        return memory_done(request, -EINVAL);
    if (!memory_covered(request->space, start, end))
        return memory_done(request, -ENOMEM);
    return memory_done(request, set_locked(request->space, start, end, false));
}
