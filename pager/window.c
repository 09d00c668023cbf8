/*
 * The RAM window after boot: splitting blocks, hiding and showing frames, in the pager and in
 * every server that shares the window. See window.h.
 */
#include "window.h"
#include "donation.h"
#include "frame_pool.h"
#include "kernel_interface.h"

#include <assert.h>
#include <quire/errno.h>
#include <quire/server.h>

/* The pager itself and the servers whose RAM-disk driver copies: the fs-server at most today. */
#define WINDOW_TASKS_MAX 4

static uint32_t window_tasks[WINDOW_TASKS_MAX] = {BOOT_HANDLE_TASK};
static uint32_t window_task_count = 1;
static uint8_t *block_kinds;
static uint64_t block_count;
static struct page_operation operations[WINDOW_BLOCK_FRAMES];

void window_set_blocks(uint8_t *kinds, uint64_t count)
{
    block_kinds = kinds;
    block_count = count;
    window_task_count = 1;
}

enum window_kind window_block_kind(uint64_t physical)
{
    uint64_t block = physical >> LARGE_PAGE_SHIFT;
    return block < block_count ? (enum window_kind)block_kinds[block] : WINDOW_NONE;
}

static struct page_operation window_operation(uint32_t task, uint64_t physical, uint64_t rights)
{
    return (struct page_operation){
        .address = RAM_WINDOW + physical, .page = physical | rights, .task = task};
}

static void check_statuses(uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (operations[i].status != KERNEL_OK)
            server_panic("window of task %u, frame %#lx: error %d", operations[i].task,
                         (unsigned long)(operations[i].address - RAM_WINDOW), operations[i].status);
    }
}

/* Maps operations[0..count), with up to two frames for tables, and gives the unused ones back. */
static bool map_operations(uint32_t count, uint32_t tables_needed)
{
    uint64_t tables[3];
    uint32_t table_count = 0;
    while (table_count < tables_needed) {
        tables[table_count] = donation_take_raw(PAGE_STATE_TABLE);
        if (tables[table_count] == 0)
            break;
        table_count++;
    }
    bool enough = table_count == tables_needed;
    if (enough) {
        int64_t status = kernel_map(operations, count, tables, &table_count);
        assert(status == KERNEL_OK);
        check_statuses(count);
    }
    while (table_count > 0)
        donation_return(tables[--table_count]);
    return enough;
}

/* A frame that a program or a record may be in: the window shows it for writing. */
static bool shown_writable(uint64_t frame)
{
    struct page *page = page_array_next(frame);
    if (page == NULL || page_frame(page) != frame)
        return false;
    return page->state != PAGE_STATE_RESERVED && page->state != PAGE_STATE_TABLE &&
           page->state != PAGE_STATE_OBJECT && page->state != PAGE_STATE_DONATION;
}

static uint32_t small_operations(uint32_t task, uint64_t block)
{
    uint32_t count = 0;
    for (uint64_t i = 0; i < WINDOW_BLOCK_FRAMES; i++) {
        uint64_t physical = block + i * PAGE_SIZE;
        if (shown_writable(physical >> PAGE_SHIFT))
            operations[count++] = window_operation(task, physical, PAGE_PRESENT | PAGE_WRITE);
    }
    return count;
}

bool window_split(uint64_t block)
{
    assert(window_block_kind(block) == WINDOW_LARGE);
    if (donation_available() < window_task_count)
        return false;
    for (uint32_t i = 0; i < window_task_count; i++) {
        operations[0] = window_operation(window_tasks[i], block, 0);
        int64_t status = kernel_unmap(operations, 1, NULL, NULL);
        assert(status == KERNEL_OK && operations[0].status == KERNEL_OK);
        uint32_t count = small_operations(window_tasks[i], block);
        bool mapped = map_operations(count, 1);
        assert(mapped);
    }
    block_kinds[block >> LARGE_PAGE_SHIFT] = WINDOW_SMALL;
    return true;
}

void window_hide(struct page *const *pages, uint32_t count)
{
    for (uint32_t i = 0; i < window_task_count; i++) {
        for (uint32_t j = 0; j < count; j++)
            operations[j] = window_operation(window_tasks[i], page_physical(pages[j]), 0);
        int64_t status = kernel_unmap(operations, count, NULL, NULL);
        assert(status == KERNEL_OK);
        check_statuses(count);
    }
}

void window_show_table(struct page *page)
{
    operations[0] = window_operation(BOOT_HANDLE_TASK, page_physical(page), PAGE_PRESENT);
    bool mapped = map_operations(1, 0);
    assert(mapped);
}

void window_show(struct page *page, bool was_hidden)
{
    if (!was_hidden) {
        operations[0] = window_operation(BOOT_HANDLE_TASK, page_physical(page), 0);
        int64_t status = kernel_unmap(operations, 1, NULL, NULL);
        assert(status == KERNEL_OK && operations[0].status == KERNEL_OK);
    }
    for (uint32_t i = 0; i < window_task_count; i++) {
        operations[0] =
            window_operation(window_tasks[i], page_physical(page), PAGE_PRESENT | PAGE_WRITE);
        bool mapped = map_operations(1, 0);
        assert(mapped);
    }
}

/* Tables for a new task's window are missing at every level, the upper ones mostly just once. */
#define TABLES_A_BLOCK 3

static bool share_block(uint32_t task, uint64_t block)
{
    uint32_t count = 0;
    switch (window_block_kind(block)) {
    case WINDOW_LARGE:
        operations[count++] = window_operation(task, block, PAGE_PRESENT | PAGE_WRITE | PAGE_LARGE);
        break;
    case WINDOW_SMALL: count = small_operations(task, block); break;
    case WINDOW_NONE:
    case WINDOW_READ_ONLY: break;
    }
    if (count == 0)
        return true;
    if (donation_available() < TABLES_A_BLOCK)
        donation_refill();
    return map_operations(count, TABLES_A_BLOCK);
}

int32_t window_share(uint32_t task)
{
    assert(window_task_count < WINDOW_TASKS_MAX);
    for (uint64_t i = 0; i < block_count; i++) {
        if (!share_block(task, i << LARGE_PAGE_SHIFT))
            return -ENOMEM;
    }
    window_tasks[window_task_count++] = task;
    return 0;
}
