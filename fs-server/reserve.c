/*
 * FS_RESERVE, in three steps: count what the pages lack, set all of it aside at once or fail,
 * then allocate the pointer blocks and note the pages. The last step cannot run out of space.
 */
#include "reserve.h"

#include "allocate.h"
#include "block_map.h"

/* Counts the missing pointer blocks above a logical block; pages come in order, so that each
   is compared with the one counted last. */
static void count_pointer_blocks(struct operation *operation, uint64_t logical, uint32_t missing)
{
    struct reserve_work *work = &operation->work.reserve;
    for (uint32_t height = 1; height <= missing; height++) {
        struct map_position first;
        uint64_t start = 0;
        map_position_of(operation->fs, logical, &first);
        /* The path from the inode down to that pointer block, as one number. */
        for (uint32_t i = 0; i + height < first.depth; i++)
            start = start * (operation->fs->geometry.pointers_per_block + EXT2_POINTERS) +
                    first.index[i] + 1;
        if (work->last[height - 1] == start)
            continue;
        work->last[height - 1] = start;
        work->metadata++;
    }
}

static status count_page(struct operation *operation, const struct inode *inode, uint64_t page)
{
    const struct geometry *geometry = &operation->fs->geometry;
    struct reserve_work *work = &operation->work.reserve;
    uint32_t missing[PAGE_BLOCKS_MAX];
    bool needs_data = false;

    for (uint32_t i = 0; i < geometry->blocks_per_page; i++) {
        struct map_slot slot;
        TRY(map_find(operation, inode, page * geometry->blocks_per_page + i, &slot));
        missing[i] = slot.pointer == NULL ? slot.level_missing : 0;
        if (slot.pointer == NULL || *slot.pointer == 0)
            needs_data = true;
    }
    for (uint32_t i = 0; i < geometry->blocks_per_page; i++)
        count_pointer_blocks(operation, page * geometry->blocks_per_page + i, missing[i]);
    if (needs_data && !reservation_has(operation->fs, inode->number, page))
        work->data += geometry->blocks_per_page;
    return 0;
}

static uint64_t end_page(const struct operation *operation)
{
    return operation->request.offset + operation->request.count;
}

/* Allocates what pointer blocks the page needs and notes it as reserved. */
static status promise_page(struct operation *operation, const struct inode *inode, uint64_t page)
{
    struct file_system *fs = operation->fs;
    struct reserve_work *work = &operation->work.reserve;
    uint32_t blocks_per_page = fs->geometry.blocks_per_page;
    bool needs_data = false;

    operation->plan_count = 0;
    operation->allowance = work->held;
    for (uint32_t i = 0; i < blocks_per_page; i++) {
        struct map_slot slot;
        TRY(map_extend(operation, inode, page * blocks_per_page + i, &slot));
        if (*slot.pointer == 0)
            needs_data = true;
    }
    needs_data = needs_data && !reservation_has(fs, inode->number, page);
    if (needs_data)
        TRY(reservation_add(fs, operation->held, page));

    uint64_t used = operation->plan_count;
    plan_commit(operation);
    if (needs_data)
        used += blocks_per_page; /* reservation_add() counted them a second time */
    if (used > work->held)
        used = work->held;
    work->held -= used;
    fs->reserved_blocks -= used;
    return 0;
}

static status promise(struct operation *operation)
{
    struct file_system *fs = operation->fs;
    struct reserve_work *work = &operation->work.reserve;
    status result = 0;

    while (result == 0 && work->page < end_page(operation)) {
        struct inode inode;
        result = inode_of_request(operation, &inode);
        if (result == 0)
            result = promise_page(operation, &inode, work->page);
        if (result == 0) {
            work->page++;
            operation_release_after(operation, 0);
        }
    }
    if (result != PENDING) {
        fs->reserved_blocks -= work->held;
        work->held = 0;
    }
    return result;
}

static status set_aside(struct operation *operation)
{
    struct file_system *fs = operation->fs;
    struct reserve_work *work = &operation->work.reserve;
    uint64_t wanted = work->data + work->metadata;

    if (wanted > fs->free_blocks - fs->reserved_blocks) {
        if (fs->reaper_idle)
            return -ENOSPC;
        return operation_park(operation, &fs->reap_waiters);
    }
    fs->reserved_blocks += wanted;
    work->held = wanted;
    work->page = operation->request.offset;
    return operation_continue(operation, promise);
}

status request_reserve(struct operation *operation)
{
    const struct geometry *geometry = &operation->fs->geometry;
    struct reserve_work *work = &operation->work.reserve;
    struct inode inode;
    uint64_t last = geometry->size_max / FS_PAGE_BYTES;

    if (operation->request.offset > last || end_page(operation) > last + 1)
        return -EFBIG;
    TRY(inode_of_request(operation, &inode));
    if (!inode_is(&inode, MODE_REGULAR))
        return -EINVAL;
    TRY(inode_lock(operation, false));
    for (; operation->request.offset + work->page < end_page(operation); work->page++) {
        TRY(inode_of_request(operation, &inode));
        TRY(count_page(operation, &inode, operation->request.offset + work->page));
        operation_release_after(operation, 0);
    }
    return operation_continue(operation, set_aside);
}
