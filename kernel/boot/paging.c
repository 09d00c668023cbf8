/*
 * The kernel's page tables. Every address space shares the upper half, root entries 256 to
 * 511, which never change after boot.
 *
 *      0xffff800000000000   direct map: writable, never executable
 *      0xffffffff80200000   kernel image: text r-x, constants r--, data rw-,
 *                           the page below the kernel stack not mapped
 *
 * The direct map uses 1 GiB pages where the CPU has them and the whole GiB is memory, else
 * 2 MiB pages. A 2 MiB page without any memory in it is uncached: it can only hold devices.
 */
#include "paging.h"
#include "../machine/cpu.h"
#include "../machine/machine.h"
#include "../machine/x86.h"
#include "memory.h"

#define ENTRY_PRESENT 0x1ull
#define ENTRY_WRITABLE 0x2ull
#define ENTRY_UNCACHED 0x18ull
#define ENTRY_LARGE 0x80ull
#define ENTRY_GLOBAL 0x100ull
#define ENTRY_NO_EXECUTE (1ull << 63)
#define ENTRY_DATA (ENTRY_PRESENT | ENTRY_WRITABLE | ENTRY_GLOBAL | ENTRY_NO_EXECUTE)

#define GIBIBYTE (1ull << 30)
#define BOOT_MAP_LIMIT (4 * GIBIBYTE) /* what start.asm's tables reach */

uint64_t kernel_page_table_root;
uint64_t direct_map_limit = BOOT_MAP_LIMIT;
uint64_t kernel_physical_start;

extern uint8_t kernel_image_start[], kernel_text_end[], kernel_rodata_end[], kernel_image_end[];
extern uint8_t kernel_stack_guard[];

static uint64_t next_table, tables_end;

static uint64_t take_table(void)
{
    KERNEL_ASSERT(next_table < tables_end);
    uint64_t table = next_table;
    next_table += PAGE_SIZE;
    return table;
}

/* The entry for `address` in the table of `level`, with the tables above it made. */
static page_entry *entry_for(uint64_t address, unsigned level)
{
    page_entry *table = physical_to_virtual(kernel_page_table_root);
    for (unsigned above = PAGE_TABLE_LEVELS - 1; above > level; above--) {
        page_entry *entry = &table[page_table_index(address, above)];
        if (!page_entry_present(*entry))
            *entry = take_table() | ENTRY_PRESENT | ENTRY_WRITABLE;
        table = physical_to_virtual(page_entry_frame(*entry));
    }
    return &table[page_table_index(address, level)];
}

enum coverage { COVERS_NONE, COVERS_PART, COVERS_ALL };

/* How much of the range is memory, by one entry of the memory map. */
static enum coverage memory_in(uint64_t start, uint64_t end)
{
    enum coverage best = COVERS_NONE;
    struct physical_range range;
    uint32_t type;
    for (size_t cursor = 0; multiboot_next_memory(&cursor, &range, &type);) {
        if (type != MEMORY_AVAILABLE && type != MEMORY_ACPI && type != MEMORY_ACPI_KEEP)
            continue;
        if (range.start <= start && end <= range.end)
            return COVERS_ALL;
        if (range.start < end && start < range.end)
            best = COVERS_PART;
    }
    return best;
}

static void map_gibibyte(uint64_t physical, bool large_allowed)
{
    uint64_t address = DIRECT_MAP_BASE + physical;
    if (large_allowed && memory_in(physical, physical + GIBIBYTE) == COVERS_ALL) {
        *entry_for(address, 2) = physical | ENTRY_DATA | ENTRY_LARGE;
        return;
    }
    page_entry *entry = entry_for(address, 1);
    for (unsigned i = 0; i < PAGE_TABLE_ENTRIES; i++, physical += LARGE_PAGE_SIZE) {
        bool memory = memory_in(physical, physical + LARGE_PAGE_SIZE) != COVERS_NONE;
        entry[i] = physical | ENTRY_DATA | ENTRY_LARGE | (memory ? 0 : ENTRY_UNCACHED);
    }
}

static void map_image(void)
{
    for (uint8_t *page = kernel_image_start; page < kernel_image_end; page += PAGE_SIZE) {
        uint64_t rights = page < kernel_text_end     ? ENTRY_PRESENT | ENTRY_GLOBAL
                          : page < kernel_rodata_end ? ENTRY_DATA & ~ENTRY_WRITABLE
                                                     : ENTRY_DATA;
        if (page == kernel_stack_guard)
            continue;
        *entry_for((uint64_t)page, 0) =
            (kernel_physical_start + (uint64_t)(page - kernel_image_start)) | rights;
    }
}

void paging_initialize(uint64_t physical_limit)
{
    uint64_t limit = (physical_limit + GIBIBYTE - 1) & ~(GIBIBYTE - 1);
    if (limit < BOOT_MAP_LIMIT)
        limit = BOOT_MAP_LIMIT;

    /* The root; a table a GiB; one a 512 GiB; and for the image two, and one each 2 MiB. */
    uint64_t gibibytes = limit / GIBIBYTE;
    uint64_t image_bytes = (uint64_t)(kernel_image_end - kernel_image_start);
    uint64_t tables = 1 + gibibytes + (gibibytes + PAGE_TABLE_ENTRIES - 1) / PAGE_TABLE_ENTRIES +
                      2 + image_bytes / LARGE_PAGE_SIZE + 1;
    next_table = boot_allocate(tables * PAGE_SIZE, BOOT_MAP_LIMIT, "the kernel's page tables");
    tables_end = next_table + tables * PAGE_SIZE;
    kernel_page_table_root = take_table();

    bool large_allowed = cpu_has(CPU_GIGABYTE_PAGES);
    for (uint64_t physical = 0; physical < limit; physical += GIBIBYTE)
        map_gibibyte(physical, large_allowed);
    map_image();
    boot_shrink_last(next_table - kernel_page_table_root);
    write_cr3(kernel_page_table_root);
    direct_map_limit = limit;
}
