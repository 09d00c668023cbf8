/*
 * FS_READ_PAGE and FS_WRITE_PAGE: map the page's blocks, then let the disk move them.
 *
 *      plan (restartable) --> transfers in flight --> read: done
 *                                                     write: link the new blocks, done
 *
 * A new block is linked into the file only after its data are on the way to the disk's
 * surface, so that no crash and no failed write ever shows what the block held before.
 * The inode's lock is held shared all the while: truncation waits.
 */
#include "data_path.h"
#include "invariant.h"

#include "allocate.h"
#include "block_map.h"
#include "reserve.h"

#define ALL_SECTORS ((1u << (FS_PAGE_BYTES / BLOCK_SECTOR_BYTES)) - 1)

static void page_transfer_done(struct transfer *transfer)
{
    struct operation *operation = transfer->owner;
    struct page_work *work = &operation->work.page;
    if (transfer->result != 0)
        work->error = transfer->result;
    if (--work->transfers_left == 0)
        operation_wake(operation);
}

/* Starts one transfer a run of neighbouring blocks; 0 in blocks[] is a hole. */
static void start_transfers(struct operation *operation, const uint32_t *blocks,
                            enum block_operation direction)
{
    struct file_system *fs = operation->fs;
    const struct geometry *geometry = &fs->geometry;
    struct page_work *work = &operation->work.page;
    struct transfer *run = NULL;
    uint32_t count = 0;

    for (uint32_t i = 0; i < geometry->blocks_per_page; i++) {
        if (blocks[i] == 0) {
            run = NULL;
            continue;
        }
        if (run != NULL && blocks[i] == blocks[i - 1] + 1) {
            run->length_bytes += geometry->block_bytes;
            continue;
        }
        run = &work->transfers[count++];
        *run = (struct transfer){.operation = direction,
                                 .sector = block_sector(fs, blocks[i]),
                                 .physical = operation->request.frame + i * geometry->block_bytes,
                                 .length_bytes = geometry->block_bytes,
                                 .done = page_transfer_done,
                                 .owner = operation};
        queue_init(&run->link);
    }
    work->transfers_left = count;
    work->error = 0;
    for (uint32_t i = 0; i < count; i++)
        transfer_start(&fs->transfers, &work->transfers[i]);
}

static status page_of_request(struct operation *operation, struct inode *inode)
{
    if (operation->request.frame == 0 || operation->request.frame % FS_PAGE_BYTES != 0)
        return -EINVAL;
    TRY(inode_of_request(operation, inode));
    if (inode_is(inode, MODE_DIRECTORY))
        return -EISDIR;
    if (!inode_is(inode, MODE_REGULAR))
        return -EINVAL;
    TRY(inode_lock(operation, false));
    return 0;
}

/* How many blocks of the page lie before `end`. */
static uint32_t blocks_before(const struct operation *operation, uint64_t end)
{
    const struct geometry *geometry = &operation->fs->geometry;
    uint64_t page = operation->request.offset;
    if (page >= (end + FS_PAGE_BYTES - 1) / FS_PAGE_BYTES)
        return 0;
    uint64_t bytes = end - page * FS_PAGE_BYTES;
    uint64_t blocks = (bytes + geometry->block_bytes - 1) / geometry->block_bytes;
    return blocks < geometry->blocks_per_page ? (uint32_t)blocks : geometry->blocks_per_page;
}

/* ------------------------------------------------------------------ read */

static status read_finished(struct operation *operation)
{
    return operation->work.page.error;
}

status request_read_page(struct operation *operation)
{
    const struct geometry *geometry = &operation->fs->geometry;
    uint32_t blocks[PAGE_BLOCKS_MAX] = {0};
    uint32_t missing = ALL_SECTORS;
    struct inode inode;

    TRY(page_of_request(operation, &inode));
    uint64_t size = inode_size(inode.raw);
    uint32_t count = blocks_before(operation, size);
    for (uint32_t i = 0; i < count; i++) {
        uint64_t logical = operation->request.offset * geometry->blocks_per_page + i;
        TRY(map_lookup(operation, &inode, logical, &blocks[i]));
        uint32_t sectors = (1u << geometry->sectors_per_block) - 1;
        if (blocks[i] != 0)
            missing &= ~(sectors << i * geometry->sectors_per_block);
    }

    operation->completion.inode = inode.number;
    operation->completion.size = size;
    operation->completion.value = missing;
    operation_release_after(operation, 0);
    if (missing == ALL_SECTORS)
        return 0;
    operation_shrink_budget(operation);
    start_transfers(operation, blocks, BLOCK_READ);
    operation->step = read_finished;
    return PENDING;
}

/* ------------------------------------------------------------------ write */

static status write_finished(struct operation *operation)
{
    struct file_system *fs = operation->fs;
    struct page_work *work = &operation->work.page;
    struct inode inode;

    /* The plan, the inode's buffer and the bitmaps have stayed pinned: nothing can fail. */
    operation->plan_count = work->planned;
    status found = inode_read(operation, operation->request.inode, &inode);
    FS_ASSERT(found == 0);
    if (work->error != 0) {
        plan_cancel_data(operation);
        if (work->was_reserved)
            reservation_add(fs, operation->held, operation->request.offset);
        return work->error;
    }
    plan_link_data(operation);
    if (work->new_size > inode_size(inode.raw))
        inode_set_size(fs, &inode, work->new_size);
    inode_touch(fs, &inode);
    inode_attributes(operation, &inode);
    return 0;
}

/* Finds or plans the page's blocks. */
static status plan_page(struct operation *operation, const struct inode *inode, uint32_t count,
                        uint32_t *blocks)
{
    struct inode_state *state = operation->held;
    uint32_t previous = 0;

    for (uint32_t i = 0; i < count; i++) {
        uint64_t logical = operation->request.offset * operation->fs->geometry.blocks_per_page + i;
        struct planned_block *planned;
        struct map_slot slot;
        TRY(map_extend(operation, inode, logical, &slot));
        TRY(map_block_of(operation, inode, *slot.pointer, &blocks[i]));
        if (blocks[i] == 0) {
            uint32_t goal = slot.goal;
            if (previous != 0)
                goal = previous + 1;
            else if (state->last_physical != 0 && logical == state->last_logical + 1)
                goal = state->last_physical + 1;
            TRY(plan_block(operation, inode, goal, slot.pointer, slot.owner, false, &planned));
            blocks[i] = planned->block;
        }
        previous = blocks[i];
    }
    return 0;
}

status request_write_page(struct operation *operation)
{
    struct file_system *fs = operation->fs;
    const struct fs_request *request = &operation->request;
    uint32_t blocks[PAGE_BLOCKS_MAX] = {0};
    struct inode inode;

    if (request->size > fs->geometry.size_max)
        return -EFBIG;
    TRY(page_of_request(operation, &inode));
    uint64_t end = inode_size(inode.raw);
    if (request->size > end)
        end = request->size;
    uint32_t count = blocks_before(operation, end);
    if (count == 0) {
        inode_attributes(operation, &inode);
        return 0; /* the file became shorter while the page was on its way */
    }
    bool reserved = reservation_has(fs, inode.number, request->offset);
    operation->allowance = reserved ? fs->geometry.blocks_per_page : 0;
    TRY(plan_page(operation, &inode, count, blocks));

    plan_commit(operation);
    if (reserved)
        reservation_take(fs, operation->held, request->offset);
    struct page_work *work = &operation->work.page;
    work->was_reserved = reserved;
    work->planned = operation->plan_count;
    work->new_size = request->size;
    operation->held->last_logical = request->offset * fs->geometry.blocks_per_page + count - 1;
    operation->held->last_physical = blocks[count - 1];
    operation_shrink_budget(operation);
    start_transfers(operation, blocks, BLOCK_WRITE);
    operation->step = write_finished;
    return PENDING;
}
