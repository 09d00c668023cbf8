/*
 * Truncation, from the end of the file towards its beginning. One batch frees the file's last
 * blocks that one pointer block names and one group has, or one empty pointer block:
 *
 *      [. . x x|x x x x|x x - -]      batch 1: the last two; then their pointer block
 *                       ^ last        batch 2: the four before ...
 *
 * So every commit leaves a sound file. A batch that frees nothing new (a block that is free
 * already) ends it with -EUCLEAN: that bounds the work on an image whose trees are cyclic.
 */
#include "truncate.h"

#include "allocate.h"
#include "block_map.h"
#include "group.h"
#include "reserve.h"

/* A pointer in the tree, and what lies below it. */
struct subtree {
    struct inode *inode;
    uint32_t *pointer;
    struct buffer *owner;
    uint32_t levels; /* of pointer blocks; 0: the pointer names data */
    uint64_t first;  /* logical block */
};

/* Clears the pointer and frees its block, whose bitmap is pinned. */
static bool free_pointer(struct operation *operation, struct inode *inode, uint32_t *pointer,
                         struct buffer *owner)
{
    struct file_system *fs = operation->fs;
    uint32_t block = *pointer, sectors = fs->geometry.sectors_per_block;

    *pointer = 0;
    buffer_dirty(fs, owner);
    inode->raw->sectors -= sectors < inode->raw->sectors ? sectors : inode->raw->sectors;
    buffer_dirty(fs, inode->buffer);
    return free_block(operation, block);
}

/* A pointer to nowhere is cleared, so that the rest can be freed another time. */
static status drop_bad_pointer(struct operation *operation, struct inode *inode, uint32_t *pointer,
                               struct buffer *owner)
{
    *pointer = 0;
    buffer_dirty(operation->fs, owner);
    return corrupt(operation->fs, "ext2: block pointer out of range in inode ", inode->number);
}

static status free_one(struct operation *operation, struct subtree *tree)
{
    TRY(free_block_prepare(operation, *tree->pointer));
    return free_pointer(operation, tree->inode, tree->pointer, tree->owner) ? 0 : -EUCLEAN;
}

/* Frees data blocks entries[last], entries[last - 1] ... as long as they are of one group. */
static status free_run(struct operation *operation, struct subtree *tree, struct buffer *buffer,
                       uint32_t last, uint64_t boundary)
{
    struct file_system *fs = operation->fs;
    uint32_t *entries = (uint32_t *)(void *)buffer->data;

    if (!block_is_for_files(fs, entries[last]))
        return drop_bad_pointer(operation, tree->inode, &entries[last], buffer);
    uint32_t group = group_of_block(fs, entries[last]);
    TRY(free_block_prepare(operation, entries[last]));
    for (uint32_t i = last;; i--) {
        if (entries[i] != 0) {
            if (!block_is_for_files(fs, entries[i]) || group_of_block(fs, entries[i]) != group)
                return 0;
            if (!free_pointer(operation, tree->inode, &entries[i], buffer))
                return -EUCLEAN;
        }
        if (i == 0 || tree->first + i <= boundary)
            return 0;
    }
}

/* One batch at the end of a subtree. *freed false: it has nothing at or after the boundary. */
static status free_in_subtree(struct operation *operation, struct subtree tree, uint64_t boundary,
                              bool *freed)
{
    struct file_system *fs = operation->fs;

    *freed = true;
    for (;;) {
        if (!block_is_for_files(fs, *tree.pointer))
            return drop_bad_pointer(operation, tree.inode, tree.pointer, tree.owner);
        if (tree.levels == 0)
            return free_one(operation, &tree);

        struct buffer *buffer;
        TRY(buffer_get(operation, *tree.pointer, &buffer));
        uint32_t *entries = (uint32_t *)(void *)buffer->data;
        uint64_t span = map_span(fs, tree.levels - 1);
        uint32_t kept = boundary > tree.first ? (uint32_t)((boundary - tree.first) / span) : 0;
        uint32_t last = fs->geometry.pointers_per_block;
        while (last > kept && entries[last - 1] == 0)
            last--;
        if (last == kept) {
            if (boundary <= tree.first)
                return free_one(operation, &tree);
            *freed = false;
            return 0;
        }
        last--;
        if (tree.levels == 1)
            return free_run(operation, &tree, buffer, last, boundary);
        tree.pointer = &entries[last];
        tree.owner = buffer;
        tree.first += last * span;
        tree.levels--;
    }
}

/* One batch at the end of the file. *freed false: nothing is left to free. */
static status free_batch(struct operation *operation, struct inode *inode, uint64_t boundary,
                         bool *freed)
{
    uint64_t first[EXT2_POINTERS], span[EXT2_POINTERS], next = 0;
    for (uint32_t i = 0; i < EXT2_POINTERS; i++) {
        uint32_t levels = i < EXT2_DIRECT_BLOCKS ? 0 : i - EXT2_DIRECT_BLOCKS + 1;
        first[i] = next;
        span[i] = map_span(operation->fs, levels);
        next += span[i];
    }

    *freed = false;
    for (uint32_t i = EXT2_POINTERS; i-- != 0 && first[i] + span[i] > boundary && !*freed;) {
        struct subtree tree = {.inode = inode,
                               .pointer = &inode->raw->block[i],
                               .owner = inode->buffer,
                               .levels = i < EXT2_DIRECT_BLOCKS ? 0 : i - EXT2_DIRECT_BLOCKS + 1,
                               .first = first[i]};
        if (*tree.pointer != 0)
            TRY(free_in_subtree(operation, tree, boundary, freed));
    }
    return 0;
}

status truncate_blocks(struct operation *operation, uint32_t number, uint64_t first)
{
    bool freed = true;
    while (freed) {
        struct inode inode;
        TRY(cache_admit_change(operation));
        TRY(inode_read(operation, number, &inode));
        TRY(free_batch(operation, &inode, first, &freed));
        operation_release_after(operation, 0);
    }
    return 0;
}

/* ------------------------------------------------------------------ FS_SET_SIZE */

static status free_the_rest(struct operation *operation)
{
    struct inode inode;
    TRY(truncate_blocks(operation, operation->request.inode, operation->work.size.first_block));
    TRY(inode_of_request(operation, &inode));
    inode_attributes(operation, &inode);
    return 0;
}

static status change_size(struct operation *operation)
{
    struct file_system *fs = operation->fs;
    uint64_t size = operation->request.size;
    struct inode inode;

    TRY(inode_of_request(operation, &inode));
    bool shrinks = size < inode_size(inode.raw);
    inode_set_size(fs, &inode, size);
    inode_touch(fs, &inode);
    inode_attributes(operation, &inode);
    if (!shrinks)
        return 0;
    reservations_drop(fs, operation->held, (size + FS_PAGE_BYTES - 1) / FS_PAGE_BYTES);
    operation->held->last_physical = 0;
    operation->work.size.first_block =
        (size + fs->geometry.block_bytes - 1) / fs->geometry.block_bytes;
    return operation_continue(operation, free_the_rest);
}

/* The block is a file's again: what the cache has of it would be stale after the next write. */
static status wait_for_tail(struct operation *operation)
{
    struct buffer *buffer;
    TRY(buffer_get(operation, operation->work.size.tail_block, &buffer));
    TRY(buffer_write_out(operation, buffer));
    cache_forget(operation->fs, operation->work.size.tail_block);
    operation_release_after(operation, 0);
    return operation_continue(operation, change_size);
}

/*
 * Zeroes the last block behind the end of file, old or new, whichever is nearer. This is the
 * one time that file data are in the cache: the lock keeps page transfers away meanwhile.
 */
static status zero_tail(struct operation *operation, struct inode *inode, uint64_t end)
{
    struct file_system *fs = operation->fs;
    uint32_t start = (uint32_t)(end % fs->geometry.block_bytes), block = 0;
    struct buffer *buffer;

    if (start != 0)
        TRY(map_lookup(operation, inode, end / fs->geometry.block_bytes, &block));
    if (block == 0)
        return operation_continue(operation, change_size);
    TRY(buffer_get(operation, block, &buffer));
    bool dirty = false;
    for (uint32_t i = start; i < fs->geometry.block_bytes; i++) {
        dirty = dirty || buffer->data[i] != 0;
        buffer->data[i] = 0;
    }
    if (dirty)
        buffer_dirty(fs, buffer);
    operation->work.size.tail_block = block;
    return operation_continue(operation, wait_for_tail);
}

status request_set_size(struct operation *operation)
{
    uint64_t size = operation->request.size;
    struct inode inode;

    if (size > operation->fs->geometry.size_max)
        return -EFBIG;
    TRY(inode_of_request(operation, &inode));
    if (inode_is(&inode, MODE_DIRECTORY))
        return -EISDIR;
    if (!inode_is(&inode, MODE_REGULAR))
        return -EINVAL;
    TRY(inode_lock(operation, true));
    uint64_t old_size = inode_size(inode.raw);
    if (size == old_size) {
        inode_attributes(operation, &inode);
        return 0;
    }
    return zero_tail(operation, &inode, size < old_size ? size : old_size);
}
