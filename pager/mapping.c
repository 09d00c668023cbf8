/*
 * The reverse map: where each page is mapped.
 *
 * Most pages are mapped once, and that mapping lies in the descriptor; further ones are in a
 * chain of 16-byte records, the newest first, because a child that shares its parent's pages
 * usually ends first. A record is named by its physical address divided by 16, 36 bits.
 */
#include "address_space.h"
#include "eviction.h"
#include "frame_pool.h"
#include "operation_batch.h"

#include <assert.h>

struct mapping_record {
    uint32_t space;
    uint32_t page_number;
    uint64_t next; /* physical / 16, 0: the last */
};
_Static_assert(sizeof(struct mapping_record) == 16, "named by physical address / 16");

struct slab mapping_slab = SLAB_INITIALIZER(struct mapping_record);

static struct mapping_record *record_of(uint64_t name)
{
    return name != 0 ? window(name << 4) : NULL;
}

static uint64_t name_of(const struct mapping_record *record)
{
    return (uint64_t)((const uint8_t *)record - (const uint8_t *)window(0)) >> 4;
}

static uint64_t first_record(const struct page *page)
{
    return (uint64_t)page->mapping_more_high << 32 | page->mapping_more;
}

static void set_first_record(struct page *page, uint64_t name)
{
    page->mapping_more_high = (uint32_t)(name >> 32) & 15;
    page->mapping_more = (uint32_t)name;
}

/* In every fault: worth its copies. */
__attribute__((always_inline)) bool mapping_add(struct page *page, struct address_space *space,
                                                uint64_t address)
{
    uint32_t page_number = (uint32_t)(address >> PAGE_SHIFT);
    if (page->flags & (PAGE_EVICT_AFTER | PAGE_READAHEAD))
        page_touched(page);
    if (page->mapping_space == 0) {
        mapping_add_first(page, space, address);
        return true;
    }
    if (page->mapping_space == space->id && page->mapping_page == page_number)
        return true;
    struct mapping_record *record = slab_allocate(&mapping_slab);
    if (record == NULL)
        return false;
    record->space = space->id;
    record->page_number = page_number;
    record->next = first_record(page);
    set_first_record(page, name_of(record));
    return true;
}

void mapping_remove(struct page *page, struct address_space *space, uint64_t address)
{
    uint32_t page_number = (uint32_t)(address >> PAGE_SHIFT);
    struct mapping_record *record = record_of(first_record(page));
    if (page->mapping_space == space->id && page->mapping_page == page_number) {
        page->mapping_space = record != NULL ? record->space : 0;
        page->mapping_page = record != NULL ? record->page_number : 0;
        if (record != NULL) {
            set_first_record(page, record->next);
            slab_free(&mapping_slab, record);
        }
        return;
    }
    struct mapping_record *previous = NULL;
    while (record != NULL && !(record->space == space->id && record->page_number == page_number)) {
        previous = record;
        record = record_of(record->next);
    }
    if (record == NULL)
        return;
    if (previous != NULL)
        previous->next = record->next;
    else
        set_first_record(page, record->next);
    slab_free(&mapping_slab, record);
}

uint32_t mapping_count(const struct page *page)
{
    if (page->mapping_space == 0)
        return 0;
    uint32_t count = 1;
    for (struct mapping_record *record = record_of(first_record(page)); record != NULL;
         record = record_of(record->next))
        count++;
    return count;
}

void mapping_each(struct page *page, void (*visit)(struct address_space *, uint64_t, void *),
                  void *context)
{
    if (page->mapping_space == 0)
        return;
    visit(address_space_by_id(page->mapping_space), (uint64_t)page->mapping_page << PAGE_SHIFT,
          context);
    for (struct mapping_record *record = record_of(first_record(page)); record != NULL;
         record = record_of(record->next))
        visit(address_space_by_id(record->space), (uint64_t)record->page_number << PAGE_SHIFT,
              context);
}

void mapping_forget_all(struct page *page)
{
    struct mapping_record *record = record_of(first_record(page));
    while (record != NULL) {
        struct mapping_record *next = record_of(record->next);
        slab_free(&mapping_slab, record);
        record = next;
    }
    page->mapping_space = 0;
    page->mapping_page = 0;
    set_first_record(page, 0);
}

/* ---------------------------------------------------------------- over all mappings of a page */

struct mapping_change {
    struct operation_batch *batch;
    struct page *page;
    uint64_t bits;
};

static void add_operation(struct address_space *space, uint64_t address, void *context)
{
    struct mapping_change *change = context;
    operation_batch_add(change->batch, space, address, change->bits, change->page);
}

void mapping_batch_add(struct operation_batch *batch, struct page *page, uint64_t bits)
{
    struct mapping_change change = {batch, page, bits};
    mapping_each(page, add_operation, &change);
}

/* What the old hardware entry tells about its page. For anonymous pages Dirty is news; file pages
   are dirty whenever they are writable (file_object.h). */
static void fold_entry(const struct page_operation *operation, struct page *page, void *context)
{
    bool *accessed = context;
    if (operation->status != KERNEL_OK)
        return;
    if (accessed != NULL && (operation->page & PAGE_ACCESSED))
        *accessed = true;
    if ((operation->page & PAGE_DIRTY) && !(page->flags & PAGE_IS_FILE))
        page->flags |= PAGE_IS_DIRTY;
}

/* Its own: a caller of page_unmap_all() may be collecting in the public ones. */
static struct operation_batch page_batch;

void unmap_pages_begin(struct operation_batch *batch)
{
    operation_batch_start(batch, BATCH_UNMAP, fold_entry, NULL);
}

bool page_unmap_all(struct page *page)
{
    bool accessed = false;
    if (page->mapping_space == 0)
        return false;
    operation_batch_start(&page_batch, BATCH_UNMAP, fold_entry, &accessed);
    mapping_batch_add(&page_batch, page, 0);
    operation_batch_submit(&page_batch);
    mapping_forget_all(page);
    return accessed && !(page->flags & PAGE_NEW);
}

void page_write_protect_all(struct page *page)
{
    if (page->mapping_space == 0)
        return;
    operation_batch_start(&page_batch, BATCH_PROTECT, fold_entry, NULL);
    mapping_batch_add(&page_batch, page, PAGE_WRITE | PAGE_DIRTY);
    operation_batch_submit(&page_batch);
}
