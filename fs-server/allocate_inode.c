/*
 * Planning and committing inode allocations; see allocate.h.
 *
 * A file goes into its directory's group. A directory goes to the group with the most free
 * blocks among those with at least the average of free inodes, so that trees spread over the
 * disk and each has room for its files.
 */
#include "allocate.h"
#include "bitmap.h"
#include "group.h"

#include <string.h>

/* Size of the fields after the classic 128 bytes that ext4 tools expect a new inode to claim. */
#define EXTRA_INODE_BYTES 32u

static uint32_t directory_group(struct file_system *fs, uint32_t parent_group)
{
    uint64_t average = fs->free_inodes / fs->geometry.group_count;
    uint32_t best = parent_group, best_free = 0;
    for (uint32_t group = 0; group < fs->geometry.group_count; group++) {
        const struct ext2_group *descriptor = group_descriptor(fs, group);
        if (descriptor->free_inodes_count == 0 || descriptor->free_inodes_count < average)
            continue;
        if (descriptor->free_blocks_count > best_free) {
            best = group;
            best_free = descriptor->free_blocks_count;
        }
    }
    return best;
}

/* An inode number that some operation or the reaper still has in mind is not used again. */
static uint32_t find_inode(struct file_system *fs, const uint8_t *bitmap, uint32_t group)
{
    uint32_t per_group = fs->geometry.inodes_per_group, bit = 0;
    if (group * (uint64_t)per_group + 1 < fs->geometry.first_inode)
        bit = fs->geometry.first_inode - 1 - group * per_group;
    for (; (bit = bitmap_find_clear(bitmap, bit, per_group)) < per_group; bit++) {
        uint32_t number = group * per_group + bit + 1;
        if (inode_find(fs, number) == NULL)
            return number;
    }
    return 0;
}

status plan_inode(struct operation *operation, uint32_t parent, bool directory,
                  struct planned_inode *planned)
{
    struct file_system *fs = operation->fs;
    uint32_t group = (parent - 1) / fs->geometry.inodes_per_group;
    if (directory)
        group = directory_group(fs, group);

    for (uint32_t tried = 0; tried < fs->geometry.group_count; tried++) {
        uint32_t candidate = (group + tried) % fs->geometry.group_count;
        uint32_t mark = operation->pin_count;
        if (group_descriptor(fs, candidate)->free_inodes_count == 0)
            continue;
        TRY(buffer_get(operation, group_descriptor(fs, candidate)->inode_bitmap, &planned->bitmap));
        planned->number = find_inode(fs, planned->bitmap->data, candidate);
        planned->group = candidate;
        if (planned->number != 0)
            return inode_read(operation, planned->number, &planned->inode);
        operation_release_after(operation, mark);
    }
    return fs->reaper_idle ? -ENOSPC : operation_park(operation, &fs->reap_waiters);
}

static void count_inodes(struct file_system *fs, uint32_t group, int change, bool directory)
{
    struct ext2_group *descriptor = group_descriptor(fs, group);
    descriptor->free_inodes_count = (uint16_t)(descriptor->free_inodes_count + change);
    if (directory)
        descriptor->used_directories_count =
            (uint16_t)(descriptor->used_directories_count - change);
    fs->free_inodes += (uint64_t)(int64_t)change;
    fs->superblock->free_inodes_count = (uint32_t)fs->free_inodes;
    group_dirty(fs, group);
    buffer_dirty(fs, fs->superblock_buffer);
}

void commit_inode(struct operation *operation, const struct planned_inode *planned, uint32_t mode)
{
    struct file_system *fs = operation->fs;
    struct ext2_inode *raw = planned->inode.raw;
    uint32_t generation = raw->generation + 1; /* a reused number is another file */

    bitmap_set(planned->bitmap->data, (planned->number - 1) % fs->geometry.inodes_per_group);
    buffer_dirty(fs, planned->bitmap);
    count_inodes(fs, planned->group, -1, (mode & MODE_TYPE) == MODE_DIRECTORY);

    memset(raw, 0, fs->geometry.inode_bytes);
    if (fs->geometry.inode_bytes >= sizeof *raw + EXTRA_INODE_BYTES) {
        uint16_t extra = EXTRA_INODE_BYTES;
        memcpy(raw + 1, &extra, sizeof extra);
    }
    raw->mode = (uint16_t)mode;
    raw->links = 1;
    raw->generation = generation;
    raw->access_time = raw->change_time = raw->modification_time = file_system_time(fs);
    buffer_dirty(fs, planned->inode.buffer);
}

status free_inode_prepare(struct operation *operation, uint32_t number, struct buffer **bitmap)
{
    struct file_system *fs = operation->fs;
    uint32_t group = (number - 1) / fs->geometry.inodes_per_group;
    return buffer_get(operation, group_descriptor(fs, group)->inode_bitmap, bitmap);
}

void free_inode(struct operation *operation, uint32_t number, struct buffer *bitmap, bool directory)
{
    struct file_system *fs = operation->fs;
    uint32_t bit = (number - 1) % fs->geometry.inodes_per_group;
    if (!bitmap_test(bitmap->data, bit)) {
        corrupt(fs, "ext2: freeing an inode that is free: ", number);
        return;
    }
    bitmap_clear(bitmap->data, bit);
    buffer_dirty(fs, bitmap);
    count_inodes(fs, (number - 1) / fs->geometry.inodes_per_group, 1, directory);
}
