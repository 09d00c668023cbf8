/*
 * FS_SYNC, FS_SHUTDOWN and FS_STATISTICS.
 *
 *      sync:      dirty buffers written ----> flush ----> done
 *      shutdown:  others finished -> orphans freed -> sync -> superblock clean -> sync -> done
 *
 * A sync writes the metadata of all files. Data came before the pointers to them, so what is
 * on the disk after the flush is a whole.
 */
#include "sync.h"

#include "file_system.h"
#include "inode.h"

static void flush_done(struct transfer *transfer)
{
    struct operation *operation = transfer->owner;
    operation->work.sync.flush_finished = true;
    operation_wake(operation);
}

status sync_flush(struct operation *operation)
{
    struct sync_work *work = &operation->work.sync;
    struct file_system *fs = operation->fs;

    if (!fs->transfers.device->has_write_cache)
        return 0;
    if (work->flush_finished) {
        work->flush_finished = false;
        return work->flush.result;
    }
    work->flush = (struct transfer){
        .operation = BLOCK_FLUSH, .alone = true, .done = flush_done, .owner = operation};
    queue_init(&work->flush.link);
    transfer_start(&fs->transfers, &work->flush);
    return PENDING;
}

static status write_dirty(struct operation *operation)
{
    struct file_system *fs = operation->fs;
    if (!cache_sync(fs, operation->work.sync.sequence))
        return operation_park(operation, &fs->cache.sync_waiters);
    return fs->cache.failed_count != 0 ? -EIO : 0;
}

static status finish_sync(struct operation *operation)
{
    return sync_flush(operation);
}

static status run_sync(struct operation *operation)
{
    TRY(write_dirty(operation));
    return operation_continue(operation, finish_sync);
}

status request_sync(struct operation *operation)
{
    operation->work.sync.sequence = operation->fs->cache.sequence;
    return operation_continue(operation, run_sync);
}

/* ------------------------------------------------------------------ shutdown */

static status write_clean_mark(struct operation *operation)
{
    TRY(write_dirty(operation));
    return operation_continue(operation, finish_sync);
}

static status flush_before_mark(struct operation *operation)
{
    struct file_system *fs = operation->fs;
    TRY(sync_flush(operation));
    if (fs->read_only)
        return fs->cache.failed_count != 0 ? -EIO
                                           : 0; /* never marked dirty, or not to be trusted */

    fs->read_only = true;
    operation_pin(operation, fs->superblock_buffer);
    fs->superblock->state |= EXT2_STATE_VALID;
    fs->superblock->write_time = file_system_time(fs);
    buffer_dirty(fs, fs->superblock_buffer);
    operation->work.sync.sequence = fs->cache.sequence;
    return operation_continue(operation, write_clean_mark);
}

static status write_everything(struct operation *operation)
{
    TRY(write_dirty(operation));
    return operation_continue(operation, flush_before_mark);
}

/* Requests that came before finish first; files without a name end with the system. */
static status wait_for_others(struct operation *operation)
{
    struct file_system *fs = operation->fs;
    if (fs->client_operations != 1)
        return operation_park(operation, &fs->idle_waiters);
    inode_drop_all_references(fs);
    if (!fs->reaper_idle)
        return operation_park(operation, &fs->idle_waiters);
    operation->work.sync.sequence = fs->cache.sequence;
    return operation_continue(operation, write_everything);
}

status request_shutdown(struct operation *operation)
{
    struct file_system *fs = operation->fs;
    if (fs->shutting_down)
        return operation_continue(operation, fs->read_only ? finish_sync : run_sync);
    fs->shutting_down = true;
    return operation_continue(operation, wait_for_others);
}

/* ------------------------------------------------------------------ statistics */

status request_statistics(struct operation *operation)
{
    const struct file_system *fs = operation->fs;
    struct fs_completion *completion = &operation->completion;
    uint32_t blocks_per_page = fs->geometry.blocks_per_page;

    completion->value = (fs->free_blocks - fs->reserved_blocks) / blocks_per_page;
    completion->size = fs->geometry.blocks_count / blocks_per_page;
    completion->count = (uint32_t)fs->free_inodes;
    return 0;
}
