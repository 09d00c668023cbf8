/*
 * Reading, clearing and forgetting Accessed bits. See accessed.h.
 */
#include "accessed.h"
#include "address_space.h"
#include "eviction.h"
#include "frame_pool.h"
#include "group.h"
#include "large_page.h"
#include "operation_batch.h"

#include <assert.h>

/* Enough faults later that the access behind each fault is over, few enough to notice the next. */
#define THRESHOLD_MIN 16
#define THRESHOLD_MAX 64

static struct operation_batch clears;
static struct operation_batch new_clears;

uint32_t accessed_threshold(uint64_t limit)
{
    uint64_t eighth = limit / 8;
    if (limit < THRESHOLD_MIN * 8)
        return eighth == 0 ? 1 : (uint32_t)eighth;
    return eighth > THRESHOLD_MAX ? THRESHOLD_MAX : (uint32_t)eighth;
}

static void is_accessed(struct address_space *space, uint64_t address, void *context)
{
    bool *accessed = context;
    if (page_table_entry(space, address) & PAGE_ACCESSED)
        *accessed = true;
}

/* ---------------------------------------------------------------- looks */

static void clear_done(const struct page_operation *operation, struct page *page, void *context)
{
    (void)operation;
    (void)context;
    page->flags &= (uint8_t)~PAGE_NEW;
}

void accessed_post_clears(void)
{
    operation_batch_submit(&clears);
}

bool accessed_peek(struct page *page)
{
    bool accessed = false;
    if (!(page->flags & PAGE_NEW))
        mapping_each(page, is_accessed, &accessed);
    return accessed;
}

bool accessed_look(struct page *page)
{
    group_of(page)->counters.scans++;
    if (!accessed_peek(page))
        return false;
    if (clears.count == 0)
        operation_batch_start(&clears, BATCH_PROTECT, clear_done, NULL);
    /* Its operations stay in one submission, so that the flag falls when all are done. */
    if (clears.count + mapping_count(page) > PAGE_BATCH_MAX)
        operation_batch_submit(&clears);
    page->flags |= PAGE_NEW;
    mapping_batch_add(&clears, page, PAGE_ACCESSED);
    return true;
}

/* ---------------------------------------------------------------- new pages */

struct new_page {
    struct page *page;
    bool newest, missing, in_large_page;
};

void accessed_note_new(struct group *group, struct page *page)
{
    if (group->new_count == NEW_PAGES_MAX)
        accessed_clear_new(group);
    page->flags |= PAGE_NEW;
    group->new_pages[group->new_count++] = (uint32_t)page_frame(page);
    if (group->new_count >= group->new_threshold)
        background_needed = true;
}

/* Clears the bit. Two kinds of pages were not accessed yet: those whose reply is still to be sent have
   no hardware entry, and the program that the newest was mapped for has not run since. Its access would
   be taken for a reference, one of each round. */
static void clear_or_miss(struct address_space *space, uint64_t address, void *context)
{
    struct new_page *new = context;
    uint64_t entry = page_table_entry(space, address);
    new->in_large_page |= (entry & PAGE_LARGE) != 0;
    if (entry != 0 && (!new->newest || (entry & PAGE_ACCESSED)))
        operation_batch_add(&new_clears, space, address, PAGE_ACCESSED, new->page);
    else
        new->missing = true;
}

void accessed_clear_new(struct group *group)
{
    uint32_t kept = 0;
    operation_batch_start(&new_clears, BATCH_PROTECT, NULL, NULL);
    for (uint32_t i = 0; i < group->new_count; i++) {
        struct new_page new = {.page = &PAGES[group->new_pages[i]],
                               .newest = i + 1 == group->new_count};
        struct page *page = new.page;
        if (!(page->flags & PAGE_NEW) || page->state != PAGE_STATE_RESIDENT ||
            page->group != group->id)
            continue;
        mapping_each(page, clear_or_miss, &new);
        /* Kept for the next round, but for the case that the entry never comes. */
        if (new.missing && group->new_count < NEW_PAGES_MAX)
            group->new_pages[kept++] = group->new_pages[i];
        else if (new.in_large_page)
            large_page_settled(page);
        else
            page->flags &= (uint8_t)~PAGE_NEW;
    }
    operation_batch_submit(&new_clears);
    group->new_count = kept;
}
