/*
 * The frame pool: watermarks, contiguous runs of wired frames, walks over the page array.
 * See frame_pool.h.
 */
#include "frame_pool.h"
#include "window.h"

#include <assert.h>
#include <string.h>

struct frame_pool frame_pool;

static struct pool_block no_block;

static const struct boot_range *ram_ranges;
static uint32_t ram_range_count;
static uint32_t last_range; /* where the last search ended: walks go upward */

void frame_pool_set_ranges(const struct boot_range *ranges, uint32_t count)
{
    ram_ranges = ranges;
    ram_range_count = count;
    last_range = 0;
}

/* ---------------------------------------------------------------- blocks */

void frame_pool_set_blocks(struct pool_block *blocks)
{
    frame_pool.blocks = blocks;
    frame_pool.current = &no_block;
}

static void unlink_block(struct pool_block *block)
{
    if (block->list == NULL)
        return;
    if (block->previous != NULL)
        block->previous->next = block->next;
    else
        *block->list = block->next;
    if (block->next != NULL)
        block->next->previous = block->previous;
    block->list = NULL;
}

static void link_block(struct pool_block *block, struct pool_block **list)
{
    block->list = list;
    block->previous = NULL;
    block->next = *list;
    if (*list != NULL)
        (*list)->previous = block;
    *list = block;
}

SLOW_PATH void pool_place_block(struct pool_block *block)
{
    unlink_block(block);
    if (block->free.length == BLOCK_FRAMES) {
        if (frame_pool.current == block)
            frame_pool.current = &no_block;
        link_block(block, &frame_pool.whole);
    } else if (block->free.length != 0 && frame_pool.current != block) {
        link_block(block, &frame_pool.partial);
    }
}

SLOW_PATH bool pool_next_block(void)
{
    struct pool_block *block = frame_pool.partial != NULL ? frame_pool.partial : frame_pool.whole;
    if (block == NULL)
        return false;
    unlink_block(block);
    frame_pool.current = block;
    return true;
}

struct page *pool_take_block(void)
{
    struct pool_block *block = frame_pool.whole;
    if (block == NULL)
        return NULL;
    unlink_block(block);
    block->free = (struct page_list){0};
    struct page *first = &PAGES[(uint64_t)(block - frame_pool.blocks) * BLOCK_FRAMES];
    for (uint32_t i = 0; i < BLOCK_FRAMES; i++)
        first[i].next_frame = first[i].previous_frame = 0; /* as page_list_remove() does */
    return first;
}

/* ---------------------------------------------------------------- the page array */

static bool range_holds(const struct boot_range *range, uint64_t physical)
{
    return physical >= range->start && physical - range->start < range->length_bytes;
}

struct page *page_array_next(uint64_t frame)
{
    uint64_t physical = frame << PAGE_SHIFT;
    if (last_range < ram_range_count && range_holds(&ram_ranges[last_range], physical))
        return page_of_physical(physical);

    uint64_t best = UINT64_MAX;
    for (uint32_t i = 0; i < ram_range_count; i++) {
        uint64_t candidate = range_holds(&ram_ranges[i], physical) ? physical : ram_ranges[i].start;
        if (candidate >= physical && candidate < best && ram_ranges[i].length_bytes != 0) {
            best = candidate;
            last_range = i;
        }
    }
    if (best == UINT64_MAX || best >> PAGE_SHIFT >= frame_pool.frame_limit)
        return NULL;
    return page_of_physical(best);
}

bool page_pointer_valid(const struct page *page)
{
    uint64_t offset = (uint64_t)((uintptr_t)page - (uintptr_t)PAGES);
    if (offset % sizeof(struct page) != 0)
        return false;
    uint64_t frame = offset / sizeof(struct page);
    return frame < frame_pool.frame_limit && page_array_next(frame) == page;
}

/*
 * Reserve: what the deepest chain of metadata needs before the first frame comes back (tables
 * of a few faults, a frame for each kind of record), more on larger machines because more is
 * in flight there. Low and high are as far apart as one batch of evictions and then some.
 */
void frame_pool_set_watermarks(void)
{
    uint64_t total = frame_pool.total;
    uint64_t reserve = total / 256;
    frame_pool.reserve = reserve < 24 ? 24 : reserve > 256 ? 256 : reserve;
    uint64_t gap = total / 128;
    gap = gap < 32 ? 32 : gap > 1024 ? 1024 : gap;
    frame_pool.low = frame_pool.reserve + gap;
    frame_pool.high = frame_pool.low + gap;
}

/* The length of the run of FREE frames that begins at `first`, at most `count`. */
static uint64_t free_run(uint64_t first, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++) {
        struct page *page = page_array_next(first + i);
        if (page == NULL || page_frame(page) != first + i || page->state != PAGE_STATE_FREE)
            return i;
    }
    return count;
}

static uint64_t find_run(uint64_t count, uint64_t align_frames)
{
    uint64_t frame = 0;
    for (;;) {
        struct page *page = page_array_next(frame);
        if (page == NULL)
            return 0;
        frame = (page_frame(page) + align_frames - 1) & ~(align_frames - 1);
        uint64_t run = free_run(frame, count);
        if (run == count)
            return frame;
        frame += run + 1;
    }
}

uint64_t frames_allocate_wired(uint64_t count, uint64_t align_bytes)
{
    if (count == 0 || pool_length() < count + frame_pool.reserve)
        return 0;
    uint64_t first;
    if (count == 1 && align_bytes <= PAGE_SIZE)
        first = page_frame(pool_first());
    else
        first = find_run(count, align_bytes <= PAGE_SIZE ? 1 : align_bytes >> PAGE_SHIFT);
    if (first == 0)
        return 0;

    for (uint64_t i = 0; i < count; i++) {
        struct page *page = &PAGES[first + i];
        pool_remove(page);
        page_set_state(page, PAGE_STATE_WIRED);
        page->owner.slab = NULL;
        memset(page_contents(page), 0, PAGE_SIZE);
    }
    return first << PAGE_SHIFT;
}

void frames_free_wired(uint64_t physical, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++) {
        struct page *page = page_of_physical(physical + (i << PAGE_SHIFT));
        assert(page->state == PAGE_STATE_WIRED);
        if (window_block_kind(page_physical(page)) == WINDOW_READ_ONLY)
            donation_return(page_physical(page));
        else
            pool_put(page);
    }
}
