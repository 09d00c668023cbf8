/*
 * Batches of page operations: up to PAGE_BATCH_MAX a kernel call, one flush each.
 *
 * MAP brings the table frames it may need and takes the rest back; UNMAP gives back the tables
 * it emptied. All operations of one MAP submission are for one space, so that its tables are
 * known to be that space's.
 */
#include "operation_batch.h"
#include "address_space.h"
#include "kernel_interface.h"
#include "large_page.h"

#include <assert.h>

/* Frames for missing tables of one MAP submission: more operations than they allow for are split. */
#define MAP_TABLES_MAX 24

static struct operation_batch public_batches[3];
static uint64_t table_frames[3 * PAGE_BATCH_MAX];
static struct address_space *map_space; /* of the MAP batch being collected */
static uint32_t map_tables;             /* frames in table_frames for it */
static uint64_t map_last_region;        /* address >> 21 of its last operation */

void operation_batch_start(struct operation_batch *batch, int kind,
                           void (*done)(const struct page_operation *, struct page *, void *),
                           void *context)
{
    batch->kind = kind;
    batch->count = 0;
    batch->done = done;
    batch->context = context;
}

struct operation_batch *operation_batch_begin(int kind)
{
    struct operation_batch *batch = &public_batches[kind];
    assert(batch->count == 0);
    operation_batch_start(batch, kind, NULL, NULL);
    return batch;
}

static void submit_map(struct operation_batch *batch)
{
    uint32_t given = map_tables;
    int64_t status = kernel_map(batch->operations, batch->count, table_frames, &map_tables);
    assert(status == KERNEL_OK);
    /* The kernel takes from the end and leaves the rest in front. */
    for (uint32_t i = map_tables; i < given; i++)
        page_table_attach(map_space, table_frames[i]);
    while (map_tables > 0)
        donation_return(table_frames[--map_tables]);
}

static void submit_unmap(struct operation_batch *batch)
{
    uint32_t reclaimed = 0;
    int64_t status = kernel_unmap(batch->operations, batch->count, table_frames, &reclaimed);
    assert(status == KERNEL_OK);
    while (reclaimed > 0)
        page_table_reclaimed(table_frames[--reclaimed]);
}

void operation_batch_submit(struct operation_batch *batch)
{
    if (batch->count == 0)
        return;
    if (batch->kind == BATCH_MAP) {
        submit_map(batch);
    } else if (batch->kind == BATCH_UNMAP) {
        submit_unmap(batch);
    } else {
        int64_t status = kernel_protect(batch->operations, batch->count);
        assert(status == KERNEL_OK);
    }
    uint32_t count = batch->count;
    batch->count = 0;
    if (batch->done == NULL)
        return;
    for (uint32_t i = 0; i < count; i++)
        batch->done(&batch->operations[i], batch->pages[i], batch->context);
}

static void supply_map_tables(struct operation_batch *batch, struct address_space *space,
                              uint64_t address)
{
    bool new_space = batch->count != 0 && map_space != space;
    if (new_space || map_tables + 3 > MAP_TABLES_MAX)
        operation_batch_submit(batch);
    if (batch->count != 0 && address >> LARGE_PAGE_SHIFT == map_last_region)
        return;
    map_space = space;
    map_last_region = address >> LARGE_PAGE_SHIFT;
    for (uint32_t missing = page_table_missing(space, address); missing > 0; missing--) {
        uint64_t frame = donation_take(PAGE_STATE_TABLE);
        if (frame == 0)
            return; /* the operation gets ERROR_NO_TABLE */
        table_frames[map_tables++] = frame;
    }
}

static inline __attribute__((always_inline)) void put(struct operation_batch *batch,
                                                      const struct address_space *space,
                                                      uint64_t address, uint64_t page_bits,
                                                      struct page *page)
{
    batch->operations[batch->count] =
        (struct page_operation){.address = address, .page = page_bits, .task = space->task};
    batch->pages[batch->count++] = page;
}

static SLOW_PATH void make_room_and_put(struct operation_batch *batch, struct address_space *space,
                                        uint64_t address, uint64_t page_bits, struct page *page)
{
    if (batch->count == PAGE_BATCH_MAX)
        operation_batch_submit(batch);
    if (batch->kind == BATCH_MAP)
        supply_map_tables(batch, space, address);
    put(batch, space, address, page_bits, page);
}

static SLOW_PATH void prepare_and_put(struct operation_batch *batch, struct address_space *space,
                                      uint64_t address, uint64_t page_bits, struct page *page)
{
    if (space->large_pages != 0)
        address = large_page_prepare(space, address, batch->kind, page_bits);
    make_room_and_put(batch, space, address, page_bits, page);
}

void operation_batch_add_large(struct operation_batch *batch, struct address_space *space,
                               uint64_t address, uint64_t page_bits)
{
    make_room_and_put(batch, space, address, page_bits, NULL);
}

/* For each page of a range, mostly: what it has to call for stays out of its way. */
void operation_batch_add(struct operation_batch *batch, struct address_space *space,
                         uint64_t address, uint64_t page_bits, struct page *page)
{
    if (batch->count == PAGE_BATCH_MAX || batch->kind == BATCH_MAP || space->large_pages != 0)
        prepare_and_put(batch, space, address, page_bits, page);
    else
        put(batch, space, address, page_bits, page);
}
