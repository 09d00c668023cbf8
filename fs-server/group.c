/* Group descriptors and the geometry of groups; see group.h. */
#include "group.h"

struct ext2_group *group_descriptor(struct file_system *fs, uint32_t group)
{
    uint32_t per_block = fs->geometry.block_bytes / sizeof(struct ext2_group);
    uint8_t *data = fs->group_buffers[group / per_block]->data;
    return (struct ext2_group *)(void *)data + group % per_block;
}

void group_dirty(struct file_system *fs, uint32_t group)
{
    uint32_t per_block = fs->geometry.block_bytes / sizeof(struct ext2_group);
    buffer_dirty(fs, fs->group_buffers[group / per_block]);
}

uint32_t group_of_block(const struct file_system *fs, uint32_t block)
{
    return (block - fs->geometry.first_data_block) / fs->geometry.blocks_per_group;
}

uint32_t group_first_block(const struct file_system *fs, uint32_t group)
{
    return fs->geometry.first_data_block + group * fs->geometry.blocks_per_group;
}

uint32_t group_block_count(const struct file_system *fs, uint32_t group)
{
    uint32_t left = fs->geometry.blocks_count - group_first_block(fs, group);
    return left < fs->geometry.blocks_per_group ? left : fs->geometry.blocks_per_group;
}

static bool is_power_of(uint32_t number, uint32_t base)
{
    while (number % base == 0)
        number /= base;
    return number == 1;
}

/* With sparse_super only groups 0, 1 and powers of 3, 5 and 7 have a copy. */
static bool group_has_superblock(const struct file_system *fs, uint32_t group)
{
    return !fs->geometry.sparse_super || group <= 1 || is_power_of(group, 3) ||
           is_power_of(group, 5) || is_power_of(group, 7);
}

bool block_is_for_files(struct file_system *fs, uint32_t block)
{
    const struct geometry *geometry = &fs->geometry;
    if (block <= geometry->first_data_block || block >= geometry->blocks_count)
        return false;
    uint32_t group = group_of_block(fs, block);
    const struct ext2_group *descriptor = group_descriptor(fs, group);
    if (block == descriptor->block_bitmap || block == descriptor->inode_bitmap ||
        block - descriptor->inode_table < geometry->inode_table_blocks)
        return false;
    return !group_has_superblock(fs, group) ||
           block - group_first_block(fs, group) > geometry->descriptor_blocks;
}

/* The three places of a group lie inside it, apart from each other and from the copies. */
static bool layout_is_sound(struct file_system *fs, uint32_t group)
{
    const struct ext2_group *descriptor = group_descriptor(fs, group);
    uint32_t first = group_first_block(fs, group), count = group_block_count(fs, group);
    uint32_t table_blocks = fs->geometry.inode_table_blocks;
    uint32_t head = group_has_superblock(fs, group) ? 1 + fs->geometry.descriptor_blocks : 0;
    uint32_t block_bitmap = descriptor->block_bitmap - first;
    uint32_t inode_bitmap = descriptor->inode_bitmap - first;
    uint32_t table = descriptor->inode_table - first;

    return block_bitmap < count && inode_bitmap < count && table < count &&
           table_blocks <= count - table && block_bitmap >= head && inode_bitmap >= head &&
           table >= head && block_bitmap != inode_bitmap && block_bitmap - table >= table_blocks &&
           inode_bitmap - table >= table_blocks;
}

status groups_check(struct file_system *fs)
{
    fs->free_blocks = 0;
    fs->free_inodes = 0;
    for (uint32_t group = 0; group < fs->geometry.group_count; group++) {
        const struct ext2_group *descriptor = group_descriptor(fs, group);
        if (!layout_is_sound(fs, group))
            return corrupt(fs, "ext2: bad layout of block group ", group);
        if (descriptor->free_blocks_count > group_block_count(fs, group) ||
            descriptor->free_inodes_count > fs->geometry.inodes_per_group)
            return corrupt(fs, "ext2: bad free counts of block group ", group);
        fs->free_blocks += descriptor->free_blocks_count;
        fs->free_inodes += descriptor->free_inodes_count;
    }
    return 0;
}
