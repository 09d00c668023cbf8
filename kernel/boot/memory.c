/*
 * Boot memory: see memory.h. What is in use is asked of the boot loader's own lists each
 * time rather than copied, so there is no table that could be too small. The exception are
 * the kernel's own allocations at boot, whose number is ours.
 */
#include "memory.h"
#include "../machine/machine.h"

/* Firmware scribbles into the first MiB of some machines, and it holds the legacy devices. */
#define LOW_MEMORY_END (1ull << 20)

#define ALLOCATIONS_MAX 12 /* boot makes a handful: here, main.c, paging.c, first_task.c */

static struct physical_range kernel_image;
static struct physical_range allocations[ALLOCATIONS_MAX];
static size_t allocation_count;

void boot_memory_initialize(struct physical_range image)
{
    kernel_image = image;
}

static struct physical_range whole_pages(struct physical_range range)
{
    return (struct physical_range){range.start & PAGE_MASK,
                                   (range.end + PAGE_SIZE - 1) & PAGE_MASK};
}

bool boot_kernel_range(size_t index, struct physical_range *range)
{
    struct physical_range symbols = {0}, names = {0};
    switch (index) {
    case 0: *range = kernel_image; break;
    case 1: *range = multiboot_range(); break;
    case 2:
    case 3:
        multiboot_symbols(&symbols, &names); /* both stay empty when there are none */
        *range = index == 2 ? symbols : names;
        break;
    default:
        if (index - 4 >= allocation_count)
            return false;
        *range = allocations[index - 4];
    }
    *range = whole_pages(*range);
    return true;
}

static void keep_lowest_overlap(struct physical_range used, struct physical_range within,
                                struct physical_range *lowest)
{
    if (used.start < within.end && within.start < used.end && used.start < lowest->start)
        *lowest = used;
}

/* The used range that begins lowest among those that overlap `within`; start is UINT64_MAX
   when none does. */
static struct physical_range lowest_overlap(struct physical_range within)
{
    struct physical_range lowest = {UINT64_MAX, UINT64_MAX};
    struct physical_range used = {0, LOW_MEMORY_END};
    keep_lowest_overlap(used, within, &lowest);
    for (size_t i = 0; boot_kernel_range(i, &used); i++)
        keep_lowest_overlap(used, within, &lowest);
    struct multiboot_module module;
    for (size_t cursor = 0; multiboot_next_module(&cursor, &module);)
        keep_lowest_overlap(whole_pages(module.range), within, &lowest);
    return lowest;
}

static bool next_available(size_t *cursor, struct physical_range *range)
{
    uint32_t type;
    while (multiboot_next_memory(cursor, range, &type)) {
        range->start = (range->start + PAGE_SIZE - 1) & PAGE_MASK;
        range->end &= PAGE_MASK;
        if (type == MEMORY_AVAILABLE && range->start < range->end)
            return true;
    }
    return false;
}

bool boot_next_free(struct boot_memory_position *position, struct physical_range *piece)
{
    for (;;) {
        struct physical_range *rest = &position->rest;
        if (rest->start >= rest->end && !next_available(&position->memory_cursor, rest))
            return false;

        struct physical_range used = lowest_overlap(*rest);
        *piece = *rest;
        if (used.start < piece->end)
            piece->end = used.start;
        rest->start = used.end < rest->end ? used.end : rest->end;
        if (piece->start < piece->end)
            return true;
    }
}

uint64_t boot_physical_limit(void)
{
    uint64_t limit = 0;
    struct physical_range range;
    for (size_t cursor = 0; next_available(&cursor, &range);)
        if (range.end > limit)
            limit = range.end;
    return limit;
}

uint64_t boot_allocate(uint64_t length_bytes, uint64_t limit, const char *purpose)
{
    KERNEL_ASSERT(allocation_count < ALLOCATIONS_MAX);
    length_bytes = (length_bytes + PAGE_SIZE - 1) & PAGE_MASK;
    struct boot_memory_position position = {0};
    struct physical_range piece;
    while (boot_next_free(&position, &piece)) {
        if (piece.end > limit)
            piece.end = limit;
        if (piece.start >= piece.end || piece.end - piece.start < length_bytes)
            continue;
        allocations[allocation_count++] =
            (struct physical_range){piece.start, piece.start + length_bytes};
        memset(physical_to_virtual(piece.start), 0, length_bytes);
        return piece.start;
    }
    panic("not enough memory for %s: %lu KiB in one piece are needed", purpose, length_bytes >> 10);
}

void boot_shrink_last(uint64_t length_bytes)
{
    struct physical_range *last = &allocations[allocation_count - 1];
    last->end = last->start + ((length_bytes + PAGE_SIZE - 1) & PAGE_MASK);
}

static bool in_page_of_module(struct physical_range range)
{
    struct physical_range used = whole_pages(range);
    struct multiboot_module module;
    for (size_t cursor = 0; multiboot_next_module(&cursor, &module);) {
        struct physical_range pages = whole_pages(module.range);
        if (used.start < pages.end && pages.start < used.end)
            return true;
    }
    return false;
}

void boot_leave_modules(uint64_t limit)
{
    struct physical_range information = multiboot_range(), symbols, names;
    bool have_symbols = multiboot_symbols(&symbols, &names);
    if (!in_page_of_module(information) &&
        !(have_symbols && (in_page_of_module(symbols) || in_page_of_module(names))))
        return;
    multiboot_move(
        boot_allocate(information.end - information.start, limit, "the boot loader's information"));
    if (!have_symbols)
        return;
    uint64_t symbols_to = boot_allocate(symbols.end - symbols.start, limit, "symbols");
    uint64_t names_to = boot_allocate(names.end - names.start, limit, "names of symbols");
    multiboot_move_symbols(symbols_to, names_to);
}
