/*
 * Frames at boot: the RAM window, the page arrays, the first donations, the pool.
 *
 * There are no arrays yet to allocate from, and the kernel takes no table frame that lies under
 * a writable window. So three intervals are cut from the top of the largest free range, and
 * everything else follows from them:
 *
 *      largest free range                     2 MiB aligned
 *      |.................................|ssss|ddddddddd|aaaaaaaaa|..|
 *       pool                              |    |         large pages of the arrays
 *                                         |    read-only blocks: the tables of the
 *                                         |    window itself, then donations
 *                                         single frames: array pages where RAM is
 *                                         sparse, and what is kept of each block
 *
 * The donation blocks are mapped first, with their own first frames as the tables.
 */
#include "donation.h"
#include "frame_pool.h"
#include "group.h"
#include "kernel_interface.h"
#include "policy_memory.h"
#include "trace.h"
#include "window.h"

#include <assert.h>
#include <quire/server.h>
#include <string.h>

/* An array indexed by frame number. */
static const struct page_array {
    uint64_t address;
    uint64_t element_bytes;
    bool policies; /* write it */
} page_arrays[] = {
    {PAGE_ARRAY, sizeof(struct page), false},
    {PAGE_TIME_ARRAY, sizeof(union page_time), false},
    {POLICY_PAGE_ARRAY, sizeof(struct policy_page), true},
};
#define PAGE_ARRAYS (sizeof page_arrays / sizeof page_arrays[0])

/* What the pager keeps of each 2 MiB: the pool's block, and the kind of the window's. */
#define BLOCK_BYTES (sizeof(struct pool_block) + sizeof(uint8_t))

/* One block of donations for so many blocks of RAM; more are made when they are needed. */
#define BLOCKS_A_DONATION_BLOCK 64
#define OPERATIONS 512

struct interval {
    uint64_t start, end;
};

struct boot_plan {
    const struct boot_range *ranges;
    uint32_t range_count;
    uint64_t limit; /* physical, 2 MiB aligned upward */
    uint64_t policy_key_bits;
    struct interval arrays, donations, singles; /* see the picture */
    uint64_t tables_used;                       /* of the donations, from their start */
    uint64_t singles_used;
};

static struct page_operation operations[OPERATIONS];

static uint64_t overlap(const struct boot_range *range, uint64_t start, uint64_t end)
{
    uint64_t range_end = range->start + range->length_bytes;
    if (start < range->start)
        start = range->start;
    if (end > range_end)
        end = range_end;
    return start < end ? end - start : 0;
}

static uint64_t ram_between(const struct boot_plan *plan, uint64_t start, uint64_t end)
{
    uint64_t bytes = 0;
    for (uint32_t i = 0; i < plan->range_count; i++)
        bytes += overlap(&plan->ranges[i], start, end);
    return bytes;
}

/* RAM that may be written through the window: not the pager's own text, stack and tables. */
static uint64_t usable_between(const struct boot_plan *plan, uint64_t start, uint64_t end)
{
    uint64_t bytes = 0;
    for (uint32_t i = 0; i < plan->range_count; i++) {
        if (plan->ranges[i].kind != BOOT_RANGE_WIRED)
            bytes += overlap(&plan->ranges[i], start, end);
    }
    return bytes;
}

static bool inside(const struct interval *interval, uint64_t physical)
{
    return physical >= interval->start && physical < interval->end;
}

static enum window_kind block_kind(const struct boot_plan *plan, uint64_t block)
{
    if (inside(&plan->donations, block))
        return WINDOW_READ_ONLY;
    uint64_t usable = usable_between(plan, block, block + LARGE_PAGE_SIZE);
    return usable == LARGE_PAGE_SIZE ? WINDOW_LARGE : usable != 0 ? WINDOW_SMALL : WINDOW_NONE;
}

/* ---------------------------------------------------------------- the plan */

/* So much of the address space is described by one page of the array, a large or a small one. */
static uint64_t described_bytes(const struct page_array *array, uint64_t page_bytes)
{
    return page_bytes / array->element_bytes * PAGE_SIZE;
}

/* Where RAM is sparse an array gets small pages: metadata stays under 2 % of RAM. */
static bool chunk_is_large(const struct boot_plan *plan, const struct page_array *array,
                           uint64_t chunk)
{
    uint64_t bytes = described_bytes(array, LARGE_PAGE_SIZE);
    return ram_between(plan, chunk, chunk + bytes) >= bytes / 4 * 3;
}

/* The pages that the array will need. */
static void plan_array(const struct boot_plan *plan, const struct page_array *array,
                       uint64_t *large, uint64_t *singles)
{
    const uint64_t chunk_bytes = described_bytes(array, LARGE_PAGE_SIZE);
    const uint64_t piece_bytes = described_bytes(array, PAGE_SIZE);
    for (uint64_t chunk = 0; chunk < plan->limit; chunk += chunk_bytes) {
        if (chunk_is_large(plan, array, chunk)) {
            ++*large;
            continue;
        }
        for (uint64_t piece = chunk; piece < chunk + chunk_bytes; piece += piece_bytes)
            *singles += ram_between(plan, piece, piece + piece_bytes) != 0;
    }
}

static void make_plan(struct boot_plan *plan, const struct boot_information *information)
{
    plan->ranges = (const void *)((const uint8_t *)information + information->ranges_offset);
    plan->range_count = information->range_count;
    plan->limit = (information->physical_limit + LARGE_PAGE_SIZE - 1) & ~(LARGE_PAGE_SIZE - 1);

    uint64_t large = 0, singles = 0;
    for (size_t i = 0; i < PAGE_ARRAYS; i++)
        plan_array(plan, &page_arrays[i], &large, &singles);
    singles += ((plan->limit >> LARGE_PAGE_SHIFT) * BLOCK_BYTES + PAGE_SIZE - 1) >> PAGE_SHIFT;

    const struct boot_range *largest = NULL;
    for (uint32_t i = 0; i < plan->range_count; i++) {
        if (plan->ranges[i].kind == BOOT_RANGE_FREE &&
            (largest == NULL || plan->ranges[i].length_bytes > largest->length_bytes))
            largest = &plan->ranges[i];
    }
    uint64_t blocks = ram_between(plan, 0, plan->limit) >> LARGE_PAGE_SHIFT;
    uint64_t donations = blocks / BLOCKS_A_DONATION_BLOCK + 1;
    uint64_t needed = (large + donations + 1) * LARGE_PAGE_SIZE + singles * PAGE_SIZE;
    if (largest == NULL || largest->length_bytes < needed)
        server_panic("too little memory: the largest free range has less than %lu KiB",
                     (unsigned long)(needed >> 10));

    plan->arrays.end = (largest->start + largest->length_bytes) & ~(LARGE_PAGE_SIZE - 1);
    plan->arrays.start = plan->arrays.end - large * LARGE_PAGE_SIZE;
    plan->donations.end = plan->arrays.start;
    plan->donations.start = plan->donations.end - donations * LARGE_PAGE_SIZE;
    plan->singles.end = plan->donations.start;
    plan->singles.start = plan->singles.end - singles * PAGE_SIZE;
}

/* ---------------------------------------------------------------- mapping */

static void map_now(struct boot_plan *plan, uint32_t count)
{
    /* PML4, page directory pointers, directory: at most three are missing for neighbours. */
    uint64_t tables[3];
    uint32_t table_count = 3;
    for (uint32_t i = 0; i < 3; i++)
        tables[2 - i] = plan->donations.start + (plan->tables_used + i) * PAGE_SIZE;
    int64_t status = kernel_map(operations, count, tables, &table_count);
    if (status != KERNEL_OK)
        server_panic("cannot map memory: error %ld", (long)status);
    for (uint32_t i = 0; i < count; i++) {
        if (operations[i].status != KERNEL_OK)
            server_panic("cannot map frame %#lx: error %d",
                         (unsigned long)(operations[i].page & PAGE_FRAME_MASK),
                         operations[i].status);
    }
    plan->tables_used += 3 - table_count;
    if (plan->donations.start + (plan->tables_used + 3) * PAGE_SIZE > plan->donations.end)
        server_panic("too little memory for the page tables of the RAM window");
}

static struct page_operation operation(uint64_t address, uint64_t page)
{
    return (struct page_operation){
        .address = address, .page = page | PAGE_PRESENT, .task = BOOT_HANDLE_TASK};
}

static void map_small_block(struct boot_plan *plan, uint64_t block)
{
    uint32_t count = 0;
    for (uint64_t physical = block; physical < block + LARGE_PAGE_SIZE; physical += PAGE_SIZE) {
        if (usable_between(plan, physical, physical + PAGE_SIZE) == PAGE_SIZE)
            operations[count++] = operation(RAM_WINDOW + physical, physical | PAGE_WRITE);
    }
    if (count != 0)
        map_now(plan, count);
}

static void map_window(struct boot_plan *plan)
{
    for (uint64_t block = plan->donations.start; block < plan->donations.end;
         block += LARGE_PAGE_SIZE) {
        operations[0] = operation(RAM_WINDOW + block, block | PAGE_LARGE);
        map_now(plan, 1);
    }
    for (uint64_t block = 0; block < plan->limit; block += LARGE_PAGE_SIZE) {
        switch (block_kind(plan, block)) {
        case WINDOW_LARGE:
            operations[0] = operation(RAM_WINDOW + block, block | PAGE_WRITE | PAGE_LARGE);
            map_now(plan, 1);
            break;
        case WINDOW_SMALL: map_small_block(plan, block); break;
        case WINDOW_NONE:
        case WINDOW_READ_ONLY: break;
        }
    }
}

static uint64_t take_single(struct boot_plan *plan)
{
    uint64_t physical = plan->singles.start + plan->singles_used++ * PAGE_SIZE;
    assert(physical < plan->singles.end);
    memset(window(physical), 0, PAGE_SIZE);
    return physical;
}

static uint64_t rights_of(const struct boot_plan *plan, const struct page_array *array)
{
    return PAGE_WRITE | (array->policies ? plan->policy_key_bits : 0);
}

/* The chunk's part of the array where there is RAM, in small pages. */
static void map_sparse_chunk(struct boot_plan *plan, const struct page_array *array, uint64_t chunk)
{
    const uint64_t piece_bytes = described_bytes(array, PAGE_SIZE);
    uint32_t count = 0;
    for (uint64_t i = 0; i < LARGE_PAGE_SIZE / PAGE_SIZE; i++) {
        uint64_t piece = chunk + i * piece_bytes;
        if (ram_between(plan, piece, piece + piece_bytes) != 0)
            operations[count++] =
                operation(array->address + (piece >> PAGE_SHIFT) * array->element_bytes,
                          take_single(plan) | rights_of(plan, array));
    }
    if (count != 0)
        map_now(plan, count);
}

static void map_array(struct boot_plan *plan, const struct page_array *array, uint64_t *next_large)
{
    for (uint64_t chunk = 0; chunk < plan->limit;
         chunk += described_bytes(array, LARGE_PAGE_SIZE)) {
        if (!chunk_is_large(plan, array, chunk)) {
            map_sparse_chunk(plan, array, chunk);
            continue;
        }
        memset(window(*next_large), 0, LARGE_PAGE_SIZE);
        operations[0] = operation(array->address + (chunk >> PAGE_SHIFT) * array->element_bytes,
                                  *next_large | rights_of(plan, array) | PAGE_LARGE);
        *next_large += LARGE_PAGE_SIZE;
        map_now(plan, 1);
    }
}

/* ---------------------------------------------------------------- the arrays' first contents */

static void describe_frame(const struct boot_plan *plan, const struct boot_range *range,
                           uint64_t physical)
{
    struct page *page = page_of_physical(physical);
    if (inside(&plan->donations, physical)) {
        if (physical < plan->donations.start + plan->tables_used * PAGE_SIZE)
            page_set_state(page, PAGE_STATE_TABLE);
        else
            donation_return(physical);
    } else if (inside(&plan->arrays, physical) || inside(&plan->singles, physical) ||
               range->kind == BOOT_RANGE_MODULE) {
        page_set_state(page, PAGE_STATE_WIRED);
    } else if (range->kind == BOOT_RANGE_FREE) {
        pool_put(page);
    } else {
        frame_pool.own_frames++; /* stays RESERVED: never in the window */
    }
}

static void describe_frames(struct boot_plan *plan, struct pool_block *blocks)
{
    const uint64_t block_count = plan->limit >> LARGE_PAGE_SHIFT;
    uint8_t *kinds = (uint8_t *)(blocks + block_count);
    frame_pool = (struct frame_pool){.frame_limit = plan->limit >> PAGE_SHIFT};
    frame_pool.total = ram_between(plan, 0, plan->limit) >> PAGE_SHIFT;
    frame_pool.counts[PAGE_STATE_RESERVED] = frame_pool.total;
    frame_pool.metadata_frames =
        (plan->arrays.end - plan->arrays.start + plan->singles.end - plan->singles.start) >>
        PAGE_SHIFT;
    frame_pool.metadata_frames += plan->tables_used;
    frame_pool_set_ranges(plan->ranges, plan->range_count);
    frame_pool_set_blocks(blocks);
    donation_boot();
    for (uint64_t block = 0; block < plan->limit; block += LARGE_PAGE_SIZE)
        kinds[block >> LARGE_PAGE_SHIFT] = (uint8_t)block_kind(plan, block);
    window_set_blocks(kinds, block_count);

    /* Downward, because the pool gives the last one first: runs at low addresses stay together. */
    for (uint32_t i = plan->range_count; i-- > 0;) {
        const struct boot_range *range = &plan->ranges[i];
        for (uint64_t left = range->length_bytes; left >= PAGE_SIZE; left -= PAGE_SIZE)
            describe_frame(plan, range, range->start + left - PAGE_SIZE);
    }
    frame_pool_set_watermarks();
}

/* BLOCK_BYTES for each block: the last singles, consecutive. */
static struct pool_block *take_blocks(struct boot_plan *plan)
{
    uint64_t physical = plan->singles.start + plan->singles_used * PAGE_SIZE;
    while (plan->singles.start + plan->singles_used * PAGE_SIZE < plan->singles.end)
        take_single(plan);
    return window(physical);
}

void memory_boot(const struct boot_information *information)
{
    struct boot_plan plan = {.policy_key_bits = policy_key_bits(information)};
    make_plan(&plan, information);
    map_window(&plan);
    uint64_t next_large = plan.arrays.start;
    for (size_t i = 0; i < PAGE_ARRAYS; i++)
        map_array(&plan, &page_arrays[i], &next_large);
    describe_frames(&plan, take_blocks(&plan));
    policy_memory_boot();
    trace_boot(information);
    group_boot();
}
