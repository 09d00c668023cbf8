/* The reaper's steps; see reap.h. */
#include "reap.h"

#include "allocate.h"
#include "group.h"
#include "symlink.h"
#include "truncate.h"

static status next_inode(struct operation *operation);

void reap(struct file_system *fs, struct inode_state *state)
{
    state->dying = true;
    queue_push(&fs->reap_queue, &state->reap_link);
    if (fs->reaper_idle) {
        fs->reaper_idle = false;
        operation_wake(fs->reaper);
    }
}

/* Done with this one, well or not: an inode that could not be freed is left to e2fsck. */
static status inode_done(struct operation *operation)
{
    struct file_system *fs = operation->fs;
    struct inode_state *state = operation->held;

    operation_release_after(operation, 0);
    operation->held = NULL;
    state->orphan = false;
    state->dying = false;
    inode_drop(fs, state);
    operations_wake_all(fs, &fs->reap_waiters);
    return operation_continue(operation, next_inode);
}

static status guard(struct operation *operation, status result)
{
    return result == 0 || result == PENDING ? result : inode_done(operation);
}

static status free_now(struct operation *operation)
{
    struct file_system *fs = operation->fs;
    uint32_t number = operation->held->number;
    struct buffer *bitmap;
    struct inode inode;

    status result = inode_read(operation, number, &inode);
    if (result == 0)
        result = free_inode_prepare(operation, number, &bitmap);
    if (result != 0)
        return guard(operation, result);
    inode.raw->deletion_time = file_system_time(fs);
    inode.raw->links = 0;
    inode.raw->attribute_block = 0;
    inode.raw->sectors = 0;
    inode_set_size(fs, &inode, 0);
    free_inode(operation, number, bitmap, inode_is(&inode, MODE_DIRECTORY));
    return inode_done(operation);
}

/* Extended attributes are shared between inodes by a count in their block. */
static status drop_attributes(struct operation *operation)
{
    struct file_system *fs = operation->fs;
    struct buffer *buffer;
    struct inode inode;

    status result = inode_read(operation, operation->held->number, &inode);
    if (result != 0)
        return guard(operation, result);
    uint32_t block = inode.raw->attribute_block;
    if (block == 0)
        return operation_continue(operation, free_now);
    if (!block_is_for_files(fs, block)) {
        corrupt(fs, "ext2: bad attribute block of inode ", inode.number);
        return operation_continue(operation, free_now);
    }
    result = free_block_prepare(operation, block);
    if (result == 0)
        result = buffer_get(operation, block, &buffer);
    if (result != 0)
        return guard(operation, result);

    struct ext2_attribute_header *header = (void *)buffer->data;
    inode.raw->attribute_block = 0;
    buffer_dirty(fs, inode.buffer);
    if (header->magic != EXT2_ATTRIBUTE_MAGIC) {
        corrupt(fs, "ext2: bad attribute block of inode ", inode.number);
    } else if (header->reference_count > 1) {
        header->reference_count--;
        buffer_dirty(fs, buffer);
    } else {
        free_block(operation, block);
    }
    return operation_continue(operation, free_now);
}

static status free_blocks(struct operation *operation)
{
    struct file_system *fs = operation->fs;
    struct inode inode;

    status result = inode_read(operation, operation->held->number, &inode);
    if (result == 0) {
        bool owns_blocks = inode_is(&inode, MODE_REGULAR) || inode_is(&inode, MODE_DIRECTORY) ||
                           (inode_is(&inode, MODE_SYMLINK) && !symlink_is_fast(fs, inode.raw));
        if (owns_blocks)
            result = truncate_blocks(operation, inode.number, 0);
    }
    if (result != 0)
        return guard(operation, result);
    return operation_continue(operation, drop_attributes);
}

static status next_inode(struct operation *operation)
{
    struct file_system *fs = operation->fs;
    struct queue *link = queue_pop(&fs->reap_queue);

    if (link == NULL) {
        operation->step = next_inode;
        fs->reaper_idle = true;
        operations_wake_all(fs, &fs->reap_waiters);
        operations_wake_all(fs, &fs->idle_waiters);
        return PENDING;
    }
    operation->held = QUEUE_OWNER(link, struct inode_state, reap_link);
    operation->held->holds++;
    return operation_continue(operation, free_blocks);
}

bool reaper_start(struct file_system *fs)
{
    struct fs_request none = {0};
    struct operation *operation = operation_create(fs, &none);
    if (operation == NULL)
        return false;
    fs->client_operations--;
    operation->internal = true;
    operation->step = next_inode;
    fs->reaper = operation;
    fs->reaper_idle = true;
    return true;
}
