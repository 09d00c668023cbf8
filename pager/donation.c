/*
 * The stock of frames that the kernel may have. See donation.h.
 */
#include "donation.h"
#include "frame_pool.h"
#include "window.h"

#include <assert.h>

/* Below the low mark more are made: splitting a block needs some itself. */
#define STOCK_LOW 16
#define STOCK_HIGH 128
#define REFILL_BATCH 32

struct page_list donation_free;
static uint64_t split_block; /* the block that refills come from, 0: none yet */

void donation_boot(void)
{
    donation_free = (struct page_list){0};
    split_block = 0;
}

uint64_t donation_take_raw(enum page_state state)
{
    struct page *page = page_list_pop(&donation_free);
    if (page == NULL)
        return 0;
    page_set_state(page, state);
    page->owner.space = NULL;
    return page_physical(page);
}

uint64_t donation_take(enum page_state state)
{
    assert(state == PAGE_STATE_TABLE || state == PAGE_STATE_OBJECT);
    if (donation_free.length <= STOCK_LOW)
        donation_refill();
    return donation_take_raw(state);
}

void donation_return(uint64_t physical)
{
    struct page *page = page_of_physical(physical);
    page_set_state(page, PAGE_STATE_DONATION);
    page->owner.space = NULL;
    page_list_push_front(&donation_free, page);
}

/* FREE frames of the block, out of the pool. */
static uint32_t take_free_of_block(uint64_t block, struct page **pages, uint32_t max)
{
    uint32_t count = 0;
    for (uint64_t i = 0; i < WINDOW_BLOCK_FRAMES && count < max; i++) {
        struct page *page = page_array_next((block >> PAGE_SHIFT) + i);
        if (page == NULL || page_physical(page) != block + i * PAGE_SIZE ||
            page->state != PAGE_STATE_FREE)
            continue;
        pool_remove(page);
        pages[count++] = page;
    }
    return count;
}

void donation_refill(void)
{
    struct page *pages[REFILL_BATCH];
    uint32_t count = 0;
    if (split_block != 0)
        count = take_free_of_block(split_block, pages, REFILL_BATCH);
    if (count == 0) {
        struct page *free = pool_first();
        if (free == NULL)
            return;
        uint64_t block = page_physical(free) & ~(LARGE_PAGE_SIZE - 1);
        if (window_block_kind(block) == WINDOW_LARGE && !window_split(block))
            return;
        split_block = block;
        count = take_free_of_block(block, pages, REFILL_BATCH);
    }
    window_hide(pages, count);
    for (uint32_t i = 0; i < count; i++) {
        pages[i]->flags = DONATION_HIDDEN;
        donation_return(page_physical(pages[i]));
    }
}

void donation_trim(void)
{
    if (donation_free.length <= STOCK_HIGH || pool_length() >= frame_pool.low)
        return;
    struct page *next = donation_free.back;
    for (uint32_t i = 0; i < REFILL_BATCH && next != NULL && donation_free.length > STOCK_HIGH;
         i++) {
        struct page *page = next;
        next = page->previous_frame != 0 ? &PAGES[page->previous_frame] : NULL;
        if (window_block_kind(page_physical(page)) != WINDOW_SMALL)
            continue;
        page_list_remove(&donation_free, page);
        window_show(page, page->flags & DONATION_HIDDEN);
        pool_put(page);
    }
}
