/*
 * Planning and committing block allocations; see allocate.h.
 *
 * Locality: the block after the goal if it is free, else the next run of eight free blocks in
 * the group, else any block of the group, else the next group that has one.
 */
#include "allocate.h"
#include "bitmap.h"
#include "group.h"
#include "invariant.h"

struct planned_block *plan_find(struct operation *operation, const uint32_t *link)
{
    for (uint32_t i = 0; i < operation->plan_count; i++) {
        if (operation->plan[i].link == link)
            return &operation->plan[i];
    }
    return NULL;
}

static bool is_planned(const struct operation *operation, uint32_t block)
{
    for (uint32_t i = 0; i < operation->plan_count; i++) {
        if (operation->plan[i].block == block)
            return true;
    }
    return false;
}

/* Is the clear bit of this block a block that we may have now? */
static bool is_usable(struct operation *operation, uint32_t block)
{
    if (is_planned(operation, block) || cache_is_busy(operation, block))
        return false;
    if (block_is_for_files(operation->fs, block))
        return true;
    corrupt(operation->fs, "ext2: the bitmap has a metadata block as free: ", block);
    return false;
}

static uint32_t find_usable(struct operation *operation, const uint8_t *bitmap, uint32_t first,
                            uint32_t from, uint32_t limit)
{
    while ((from = bitmap_find_clear(bitmap, from, limit)) < limit) {
        if (is_usable(operation, first + from))
            return from;
        from++;
    }
    return limit;
}

/* A block of the group, at or after bit `from` if possible. 0 in *block: none. */
static status find_in_group(struct operation *operation, uint32_t group, uint32_t from,
                            uint32_t *block)
{
    struct file_system *fs = operation->fs;
    uint32_t first = group_first_block(fs, group), limit = group_block_count(fs, group);
    uint32_t mark = operation->pin_count;
    struct buffer *bitmap;

    *block = 0;
    if (group_descriptor(fs, group)->free_blocks_count == 0)
        return 0;
    TRY(buffer_get(operation, group_descriptor(fs, group)->block_bitmap, &bitmap));

    uint32_t bit = from;
    if (from >= limit || bitmap_test(bitmap->data, from) || !is_usable(operation, first + from)) {
        bit = bitmap_find_clear_byte(bitmap->data, from, limit);
        if (bit < limit)
            bit = find_usable(operation, bitmap->data, first, bit, bit + 8);
        if (bit >= limit || bitmap_test(bitmap->data, bit) || !is_usable(operation, first + bit))
            bit = find_usable(operation, bitmap->data, first, from, limit);
        if (bit >= limit)
            bit = find_usable(operation, bitmap->data, first, 0, limit);
    }
    if (bit < limit)
        *block = first + bit;
    else
        operation_release_after(operation, mark);
    return 0;
}

static status no_space(struct operation *operation)
{
    /* Blocks of files that are gone by name are on their way: wait for those first. */
    struct file_system *fs = operation->fs;
    return fs->reaper_idle ? -ENOSPC : operation_park(operation, &fs->reap_waiters);
}

status plan_block(struct operation *operation, const struct inode *inode, uint32_t goal,
                  uint32_t *link, struct buffer *owner, bool metadata,
                  struct planned_block **planned)
{
    struct file_system *fs = operation->fs;
    uint32_t group_count = fs->geometry.group_count, block = 0, from = 0;
    uint32_t group = (inode->number - 1) / fs->geometry.inodes_per_group;

    FS_ASSERT(operation->plan_count < OPERATION_PLAN);
    if (operation->plan_count + 1 > fs->free_blocks - fs->reserved_blocks + operation->allowance)
        return no_space(operation);
    if (goal != 0 && block_is_for_files(fs, goal)) {
        group = group_of_block(fs, goal);
        from = goal - group_first_block(fs, group);
    }
    for (uint32_t tried = 0; tried < group_count && block == 0; tried++) {
        TRY(find_in_group(operation, (group + tried) % group_count, tried == 0 ? from : 0, &block));
    }
    if (block == 0) {
        /* The last free ones may be waiting for a write of their former life to end. */
        if (fs->cache.writing_count != 0)
            return operation_park(operation, &fs->cache.dirty_waiters);
        return no_space(operation);
    }

    struct planned_block *entry = &operation->plan[operation->plan_count];
    *entry = (struct planned_block){.block = block,
                                    .link = link,
                                    .owner = owner,
                                    .inode = inode->raw,
                                    .inode_buffer = inode->buffer};
    if (metadata)
        TRY(buffer_new(operation, block, &entry->buffer));
    operation->plan_count++;
    *planned = entry;
    return 0;
}

/* ------------------------------------------------------------------ commit */

static struct buffer *pinned_bitmap(struct operation *operation, uint32_t group)
{
    struct buffer *bitmap;
    status result =
        buffer_get(operation, group_descriptor(operation->fs, group)->block_bitmap, &bitmap);
    FS_ASSERT(result == 0);
    return bitmap;
}

static void count_blocks(struct file_system *fs, uint32_t group, int change)
{
    struct ext2_group *descriptor = group_descriptor(fs, group);
    descriptor->free_blocks_count = (uint16_t)(descriptor->free_blocks_count + change);
    fs->free_blocks += (uint64_t)(int64_t)change;
    fs->superblock->free_blocks_count = (uint32_t)fs->free_blocks;
    group_dirty(fs, group);
    buffer_dirty(fs, fs->superblock_buffer);
}

static void mark_allocated(struct operation *operation, uint32_t block)
{
    struct file_system *fs = operation->fs;
    uint32_t group = group_of_block(fs, block);
    struct buffer *bitmap = pinned_bitmap(operation, group);
    bitmap_set(bitmap->data, block - group_first_block(fs, group));
    buffer_dirty(fs, bitmap);
    count_blocks(fs, group, -1);
}

static void link_block(struct operation *operation, const struct planned_block *planned)
{
    *planned->link = planned->block;
    buffer_dirty(operation->fs, planned->owner);
    planned->inode->sectors += operation->fs->geometry.sectors_per_block;
    buffer_dirty(operation->fs, planned->inode_buffer);
}

void plan_commit(struct operation *operation)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < operation->plan_count; i++) {
        struct planned_block planned = operation->plan[i];
        mark_allocated(operation, planned.block);
        if (planned.buffer == NULL) {
            operation->plan[kept++] = planned;
            continue;
        }
        buffer_dirty(operation->fs, planned.buffer);
        link_block(operation, &planned);
    }
    operation->plan_count = kept;
}

void plan_link_data(struct operation *operation)
{
    for (uint32_t i = 0; i < operation->plan_count; i++)
        link_block(operation, &operation->plan[i]);
    operation->plan_count = 0;
}

void plan_cancel_data(struct operation *operation)
{
    for (uint32_t i = 0; i < operation->plan_count; i++)
        free_block(operation, operation->plan[i].block);
    operation->plan_count = 0;
}

status free_block_prepare(struct operation *operation, uint32_t block)
{
    struct file_system *fs = operation->fs;
    struct buffer *bitmap;
    return buffer_get(operation, group_descriptor(fs, group_of_block(fs, block))->block_bitmap,
                      &bitmap);
}

bool free_block(struct operation *operation, uint32_t block)
{
    struct file_system *fs = operation->fs;
    uint32_t group = group_of_block(fs, block);
    uint32_t bit = block - group_first_block(fs, group);
    struct buffer *bitmap = pinned_bitmap(operation, group);

    cache_forget(fs, block);
    if (!bitmap_test(bitmap->data, bit)) {
        corrupt(fs, "ext2: freeing a block that is free: ", block);
        return false;
    }
    bitmap_clear(bitmap->data, bit);
    buffer_dirty(fs, bitmap);
    count_blocks(fs, group, 1);
    return true;
}
