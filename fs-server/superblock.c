/*
 * The mount: read the superblock, check the geometry, load the group descriptors, mark the
 * file system as in use. An operation like any other; requests wait for its end.
 */
#include "superblock.h"
#include "directory_record.h"
#include "file_system.h"
#include "group.h"
#include "inode.h"
#include "reap.h"
#include "sync.h"

#include <string.h>

/* Buffers beyond what operations may pin, so that there is always one to evict or to write. */
#define SPARE_BUFFERS 16u

static status mount_failed(struct file_system *fs, status error, const char *text, uint64_t number)
{
    diagnose(fs, text, number);
    return error;
}

static status finish_mount(struct operation *operation)
{
    struct file_system *fs = operation->fs;
    if (!fs->read_only)
        TRY(sync_flush(operation));
    operation_release_after(operation, 0);
    fs->mounted = true;
    return 0;
}

/* In use: until the shutdown a crash leaves a file system that wants e2fsck. */
static status mark_in_use(struct operation *operation)
{
    struct file_system *fs = operation->fs;
    TRY(buffer_write_out(operation, fs->superblock_buffer));
    return operation_continue(operation, finish_mount);
}

static status check_root(struct operation *operation)
{
    struct file_system *fs = operation->fs;
    struct inode root;

    status result = directory_get(operation, EXT2_ROOT_INODE, &root);
    if (result == PENDING)
        return PENDING;
    if (result != 0)
        return mount_failed(fs, result == -EIO ? -EIO : -EUCLEAN,
                            "ext2: the root inode is no directory, inode ", EXT2_ROOT_INODE);
    if (fs->read_only)
        return operation_continue(operation, finish_mount);

    fs->superblock->state &= (uint16_t)~EXT2_STATE_VALID;
    fs->superblock->mount_time = file_system_time(fs);
    fs->superblock->mount_count++;
    fs->superblock->free_blocks_count = (uint32_t)fs->free_blocks;
    fs->superblock->free_inodes_count = (uint32_t)fs->free_inodes;
    buffer_dirty(fs, fs->superblock_buffer);
    return operation_continue(operation, mark_in_use);
}

/* Keeps a buffer for good: the pin outlives the operation. */
static status load_permanent(struct operation *operation, uint32_t block, struct buffer **buffer)
{
    status result = buffer_get(operation, block, buffer);
    if (result == 0)
        (*buffer)->pins++;
    return result;
}

static status load_groups(struct operation *operation)
{
    struct file_system *fs = operation->fs;
    const struct geometry *geometry = &fs->geometry;

    if (fs->superblock_buffer == NULL) {
        struct buffer *buffer;
        TRY(load_permanent(operation, EXT2_SUPERBLOCK_OFFSET / geometry->block_bytes, &buffer));
        fs->superblock_buffer = buffer;
        fs->superblock = (void *)(buffer->data + EXT2_SUPERBLOCK_OFFSET % geometry->block_bytes);
    }
    for (; fs->groups_loaded < geometry->descriptor_blocks; fs->groups_loaded++) {
        TRY(load_permanent(operation, geometry->first_data_block + 1 + fs->groups_loaded,
                           &fs->group_buffers[fs->groups_loaded]));
        operation_release_after(operation, 0);
    }
    if (groups_check(fs) != 0)
        return -EUCLEAN;
    return operation_continue(operation, check_root);
}

/* The block size is known: what is left of the heap becomes buffers. */
static status set_up_cache(struct operation *operation)
{
    struct file_system *fs = operation->fs;
    const struct geometry *geometry = &fs->geometry;
    uint32_t permanent = 1 + geometry->descriptor_blocks;

    fs->group_buffers = arena_take(
        &fs->arena, geometry->descriptor_blocks * sizeof(struct buffer *), sizeof(struct buffer *));
    uint32_t capacity = cache_init(fs, fs->cache_memory, fs->cache_memory_bytes);
    uint32_t needed = permanent + SPARE_BUFFERS + 3 * OPERATION_PINS;
    if (fs->group_buffers == NULL || capacity < needed)
        return mount_failed(fs, -ENOMEM,
                            "ext2: heap too small for the file system; buffers needed: ", needed);
    fs->budget_total = capacity - permanent - SPARE_BUFFERS - OPERATION_PINS; /* the reaper's */
    return operation_continue(operation, load_groups);
}

static void superblock_read_done(struct transfer *transfer)
{
    operation_wake(transfer->owner);
}

static status superblock_was_read(struct operation *operation)
{
    struct file_system *fs = operation->fs;
    const struct ext2_superblock *superblock = (void *)fs->scratch;

    if (operation->work.page.transfers[0].result != 0)
        return mount_failed(fs, -EIO, "ext2: cannot read the superblock at byte ",
                            EXT2_SUPERBLOCK_OFFSET);
    TRY(superblock_check(fs, superblock));
    memset(&operation->work, 0, sizeof operation->work);
    return operation_continue(operation, set_up_cache);
}

static status read_superblock(struct operation *operation)
{
    struct file_system *fs = operation->fs;
    struct transfer *transfer = &operation->work.page.transfers[0];

    if (fs->transfers.device->sectors <
        (EXT2_SUPERBLOCK_OFFSET + EXT2_SUPERBLOCK_BYTES) / BLOCK_SECTOR_BYTES)
        return mount_failed(
            fs, -EUCLEAN, "ext2: the disk is too small, sectors: ", fs->transfers.device->sectors);
    *transfer = (struct transfer){.operation = BLOCK_READ,
                                  .sector = EXT2_SUPERBLOCK_OFFSET / BLOCK_SECTOR_BYTES,
                                  .physical = buffer_physical(fs, fs->scratch),
                                  .length_bytes = EXT2_SUPERBLOCK_BYTES,
                                  .done = superblock_read_done,
                                  .owner = operation};
    queue_init(&transfer->link);
    transfer_start(&fs->transfers, transfer);
    operation->step = superblock_was_read;
    return PENDING;
}

/* The operation ends with this result: let requests in, to be served or refused. */
static status run_mount(struct operation *operation)
{
    struct file_system *fs = operation->fs;
    operation->step = operation->mount_step;
    status result = operation->step(operation);
    operation->mount_step = operation->step;
    operation->step = run_mount;
    if (result != PENDING && result != 0)
        fs->mount_error = result;
    return result;
}

bool file_system_mount(struct file_system *fs)
{
    struct fs_request none = {0};
    struct operation *operation = operation_create(fs, &none);
    if (operation == NULL)
        return false;
    fs->client_operations--;
    operation->internal = true;
    operation->step = run_mount;
    operation->mount_step = read_superblock;
    operation_wake(operation);
    return true;
}
