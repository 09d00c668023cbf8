/*
 * Fault-around: a read of a file page that is in memory maps its resident neighbours too, in the
 * same reply.
 *
 *      window, aligned    | . r r W . r F r | r . . |    r: resident, W: being written, F: the fault
 *                             ^ ^     ^ ^ ^   ^
 *                             one batch, one kernel entry; "|" past it: end of file or region
 *
 * Only what costs nothing but an entry is mapped: pages of the file itself that are in memory,
 * clean of I/O, and not in the program's page table yet. An entry comes without its Accessed bit,
 * so that policies see the first real use of the page as a reference and none before it. A page
 * that was read ahead is left out: its first use is told to the policy, and only a fault shows it.
 *
 * Off by default, because a program that counts which of its pages are mapped sees more of them
 * than it touched. A group's option or a region's advice (MADV_FAULT_AROUND) turns it on.
 */
#include "fault.h"
#include "file_page.h"
#include "kernel_interface.h"
#include "services.h"

/* What the reply to the fault points the kernel to, until it is sent. */
static struct page_operation reply_operations[FAULT_AROUND_MAX];
static struct page_batch reply_batch;

/* How many pages, the fault's own included, are mapped at once: a power of two; 0 or 1: that one alone. */
static uint64_t window_pages(const struct region *region, const struct group *group)
{
    uint64_t of_group = group_option(group, GROUP_FAULT_AROUND);
    switch ((enum region_around)region->around) {
    case AROUND_NEVER: return 0;
    case AROUND_ALWAYS: return of_group > 1 ? of_group : FAULT_AROUND_USUAL;
    default: return region->advice == ADVICE_RANDOM ? 0 : of_group;
    }
}

static bool can_go_along(const struct page *page)
{
    return page->state == PAGE_STATE_RESIDENT &&
           !(page->flags & (PAGE_WRITING | PAGE_EVICT_AFTER | PAGE_READAHEAD));
}

/* A private page takes the place of the file's. */
static bool is_replaced(const struct region *region, uint64_t address)
{
    return region->anonymous != NULL &&
           anonymous_find(region->anonymous, region_index(region, address)) != NULL;
}

static uint64_t neighbour_descriptor(const struct fault *fault, const struct page *page)
{
    const struct region *region = fault->region;
    /* As fault_states.c has it: writable means dirty. */
    bool writable = !region_is_private(region) && region->protection & PROTECT_WRITE &&
                    page->flags & PAGE_IS_DIRTY;
    return page_physical(page) | PAGE_PRESENT | (writable ? PAGE_WRITE : 0) |
           (region->protection & PROTECT_EXECUTE ? PAGE_EXECUTE : 0);
}

static void add_operation(const struct fault *fault, uint64_t address, uint64_t descriptor)
{
    reply_operations[reply_batch.count++] =
        (struct page_operation){.address = address, .page = descriptor, .task = fault->space->task};
}

/* The part of the window that the region has, and the file has whole pages of, as addresses. */
static void clip_window(const struct fault *fault, uint64_t pages, uint64_t *first, uint64_t *end)
{
    const struct region *region = fault->region;
    uint64_t bytes = pages << PAGE_SHIFT;
    *first = fault->address & -bytes;
    *end = *first + bytes;
    if (*first < region->start)
        *first = region->start;
    if (*end > region->end)
        *end = region->end;

    /* A page of a segment that is partly zeros is a private copy: not the file's page. */
    uint64_t limit = region->file_end >> PAGE_SHIFT;
    if (limit > file_pages(region->file))
        limit = file_pages(region->file);
    uint64_t pages_in_file = limit > region->file_page ? limit - region->file_page : 0;
    if (*end - region->start > pages_in_file << PAGE_SHIFT)
        *end = region->start + (pages_in_file << PAGE_SHIFT);
}

static void add_neighbours(const struct fault *fault, uint64_t first, uint64_t end)
{
    const struct region *region = fault->region;
    uint64_t page_address = fault->address & PAGE_MASK;
    uint64_t index = region_file_page(region, first);

    for (uint64_t address = first; address < end; address += PAGE_SIZE, index++) {
        struct page *page = file_page_lookup(region->file, index);
        if (page == NULL || address == page_address || !can_go_along(page) ||
            page_table_entry(fault->space, address) != 0 || is_replaced(region, address))
            continue;
        if (!mapping_add(page, fault->space, address))
            return;
        if (region->protection & PROTECT_EXECUTE)
            page->flags |= PAGE_IS_TEXT;
        add_operation(fault, address, neighbour_descriptor(fault, page));
    }
}

/* The batch that maps the page and what may go along with it. False: nothing may. */
static bool make_batch(const struct fault *fault, const uint64_t tables[3])
{
    struct address_space *space = fault->space;
    uint64_t first, end, pages = window_pages(fault->region, space->group);

    if (pages <= 1)
        return false;
    clip_window(fault, pages, &first, &end);
    reply_batch.count = 0;
    add_neighbours(fault, first, end);
    if (reply_batch.count == 0)
        return false;
    group_counters(space->group)->mapped_around += reply_batch.count;
    add_operation(fault, fault->address & PAGE_MASK, fault_descriptor(fault));
    reply_batch.operations = (uintptr_t)reply_operations;
    reply_batch.table_frames = (uintptr_t)tables;
    reply_batch.table_count = (tables[0] != 0) + (tables[1] != 0) + (tables[2] != 0);
    reply_batch.authority = BOOT_HANDLE_MEMORY;
    return true;
}

bool fault_around(struct fault *fault, struct request *request)
{
    /* SYS_MAP fills empty entries only. In a locked region all is mapped already, and pinned. */
    bool alone = page_table_entry(fault->space, fault->address & PAGE_MASK) != 0 ||
                 fault->region->flags & REGION_LOCKED;

    if (!page_table_supply(fault->space, fault->address & PAGE_MASK, request->map_tables) ||
        !fault_account_mapping(fault))
        return false;
    if (!alone && make_batch(fault, request->map_tables))
        request->map_batch = &reply_batch;
    else
        request->map_page = fault_descriptor(fault);
    return true;
}
