/* Checks of the superblock; see superblock.h. Nothing of it is used before it passed. */
#include "superblock.h"

struct feature {
    uint32_t bit;
    const char *text;
};

static const struct feature incompatible[] = {
    {0x0001, "ext2: unsupported feature: compression "},
    {0x0004, "ext2: unsupported feature: journal that needs recovery "},
    {0x0008, "ext2: unsupported feature: this is a journal device "},
    {0x0010, "ext2: unsupported feature: meta_bg "},
    {0x0040, "ext2: unsupported feature: extents (an ext4 file system) "},
    {0x0080, "ext2: unsupported feature: 64bit "},
    {0x0100, "ext2: unsupported feature: mmp "},
    {0x0200, "ext2: unsupported feature: flex_bg "},
    {0x0400, "ext2: unsupported feature: ea_inode "},
    {0x1000, "ext2: unsupported feature: dirdata "},
    {0x2000, "ext2: unsupported feature: metadata_csum_seed "},
    {0x4000, "ext2: unsupported feature: large_dir "},
    {0x8000, "ext2: unsupported feature: inline_data "},
    {0x10000, "ext2: unsupported feature: encrypt "},
    {0x20000, "ext2: unsupported feature: casefold "},
};

static const struct feature read_only_compatible[] = {
    {0x0004, "ext2: mounted read-only: unsupported feature btree_dir "},
    {0x0008, "ext2: mounted read-only: unsupported feature huge_file "},
    {0x0010, "ext2: mounted read-only: unsupported feature uninit_bg "},
    {0x0020, "ext2: mounted read-only: unsupported feature dir_nlink "},
    {0x0040, "ext2: mounted read-only: unsupported feature extra_isize "},
    {0x0100, "ext2: mounted read-only: unsupported feature quota "},
    {0x0200, "ext2: mounted read-only: unsupported feature bigalloc "},
    {0x0400, "ext2: mounted read-only: unsupported feature metadata_csum "},
    {0x2000, "ext2: mounted read-only: unsupported feature project "},
    {0x8000, "ext2: mounted read-only: unsupported feature verity "},
};

static void name_feature(struct file_system *fs, const struct feature *features, size_t count,
                         uint32_t unknown, const char *otherwise)
{
    for (size_t i = 0; i < count; i++) {
        if (unknown & features[i].bit) {
            diagnose(fs, features[i].text, features[i].bit);
            return;
        }
    }
    diagnose(fs, otherwise, unknown);
}

static status refuse(struct file_system *fs, const char *text, uint64_t number)
{
    diagnose(fs, text, number);
    return -EUCLEAN;
}

static status check_features(struct file_system *fs, const struct ext2_superblock *superblock)
{
    if (superblock->revision == 0)
        return 0;
    uint32_t unknown = superblock->feature_incompat & ~EXT2_INCOMPAT_FILETYPE;
    if (unknown != 0) {
        name_feature(fs, incompatible, sizeof incompatible / sizeof incompatible[0], unknown,
                     "ext2: unknown incompatible features: ");
        return -EUCLEAN;
    }
    unknown =
        superblock->feature_ro_compat & ~(EXT2_RO_COMPAT_SPARSE_SUPER | EXT2_RO_COMPAT_LARGE_FILE);
    if (unknown != 0) {
        name_feature(fs, read_only_compatible,
                     sizeof read_only_compatible / sizeof read_only_compatible[0], unknown,
                     "ext2: mounted read-only: unknown features: ");
        fs->read_only = true;
    }
    return 0;
}

static status check_blocks(struct file_system *fs, const struct ext2_superblock *superblock)
{
    struct geometry *geometry = &fs->geometry;

    if (superblock->log_block_size > 2)
        return refuse(
            fs, "ext2: unsupported block size, 1024 shifted by: ", superblock->log_block_size);
    geometry->block_bytes = 1024u << superblock->log_block_size;
    geometry->sectors_per_block = geometry->block_bytes / BLOCK_SECTOR_BYTES;
    geometry->blocks_per_page = FS_PAGE_BYTES / geometry->block_bytes;
    geometry->pointers_per_block = geometry->block_bytes / sizeof(uint32_t);
    geometry->blocks_count = superblock->blocks_count;
    geometry->first_data_block = superblock->first_data_block;
    geometry->blocks_per_group = superblock->blocks_per_group;

    if (geometry->first_data_block != (geometry->block_bytes == 1024 ? 1 : 0))
        return refuse(fs, "ext2: bad first data block: ", geometry->first_data_block);
    if (geometry->blocks_per_group == 0 || geometry->blocks_per_group % 8 != 0 ||
        geometry->blocks_per_group > geometry->block_bytes * 8)
        return refuse(fs, "ext2: bad number of blocks a group: ", geometry->blocks_per_group);
    if (geometry->blocks_count <= geometry->first_data_block + 1)
        return refuse(fs, "ext2: bad number of blocks: ", geometry->blocks_count);
    if ((uint64_t)geometry->blocks_count * geometry->sectors_per_block >
        fs->transfers.device->sectors)
        return refuse(
            fs, "ext2: the file system is longer than the disk, blocks: ", geometry->blocks_count);
    return 0;
}

static status check_inodes(struct file_system *fs, const struct ext2_superblock *superblock)
{
    struct geometry *geometry = &fs->geometry;
    uint32_t blocks = geometry->blocks_count - geometry->first_data_block;

    geometry->inode_bytes =
        superblock->revision == 0 ? EXT2_INODE_BYTES_REVISION_0 : superblock->inode_size;
    geometry->first_inode =
        superblock->revision == 0 ? EXT2_FIRST_INODE_REVISION_0 : superblock->first_inode;
    geometry->inodes_count = superblock->inodes_count;
    geometry->inodes_per_group = superblock->inodes_per_group;
    if (geometry->inode_bytes < EXT2_INODE_BYTES_REVISION_0 ||
        geometry->inode_bytes > geometry->block_bytes ||
        (geometry->inode_bytes & (geometry->inode_bytes - 1)) != 0)
        return refuse(fs, "ext2: bad inode size: ", geometry->inode_bytes);
    geometry->inodes_per_block = geometry->block_bytes / geometry->inode_bytes;
    if (geometry->inodes_per_group == 0 || geometry->inodes_per_group > geometry->block_bytes * 8)
        return refuse(fs, "ext2: bad number of inodes a group: ", geometry->inodes_per_group);
    geometry->inode_table_blocks =
        (geometry->inodes_per_group + geometry->inodes_per_block - 1) / geometry->inodes_per_block;

    geometry->group_count = (blocks - 1) / geometry->blocks_per_group + 1;
    if (geometry->inodes_count != (uint64_t)geometry->group_count * geometry->inodes_per_group)
        return refuse(fs, "ext2: bad number of inodes: ", geometry->inodes_count);
    if (geometry->first_inode < EXT2_FIRST_INODE_REVISION_0 ||
        geometry->first_inode > geometry->inodes_count)
        return refuse(fs, "ext2: bad first inode: ", geometry->first_inode);

    uint32_t per_block = geometry->block_bytes / sizeof(struct ext2_group);
    geometry->descriptor_blocks = (geometry->group_count + per_block - 1) / per_block;
    if (geometry->descriptor_blocks + 1 >= geometry->blocks_per_group)
        return refuse(fs, "ext2: too many groups: ", geometry->group_count);
    return 0;
}

/* The tree of pointers ends somewhere, and the inode counts 512-byte units in 32 bits. */
static uint64_t longest_file(const struct geometry *geometry)
{
    uint64_t pointers = geometry->pointers_per_block;
    uint64_t reach =
        EXT2_DIRECT_BLOCKS + pointers + pointers * pointers + pointers * pointers * pointers;
    uint64_t counted = UINT32_MAX / geometry->sectors_per_block;
    counted -= counted / pointers + counted / (pointers * pointers) + 4; /* pointer blocks */
    return (reach < counted ? reach : counted) * geometry->block_bytes;
}

status superblock_check(struct file_system *fs, const struct ext2_superblock *superblock)
{
    struct geometry *geometry = &fs->geometry;

    if (superblock->magic != EXT2_MAGIC)
        return refuse(fs, "ext2: no ext2 file system: magic number ", superblock->magic);
    if (superblock->revision > 1)
        return refuse(fs, "ext2: unknown revision: ", superblock->revision);
    TRY(check_features(fs, superblock));
    TRY(check_blocks(fs, superblock));
    TRY(check_inodes(fs, superblock));
    bool dynamic = superblock->revision != 0;
    geometry->has_file_type = dynamic && superblock->feature_incompat & EXT2_INCOMPAT_FILETYPE;
    geometry->sparse_super = dynamic && superblock->feature_ro_compat & EXT2_RO_COMPAT_SPARSE_SUPER;
    geometry->size_max = longest_file(geometry);

    if (superblock->state != EXT2_STATE_VALID) {
        diagnose(fs, "ext2: not shut down cleanly, mounted read-only until e2fsck; state ",
                 superblock->state);
        fs->read_only = true;
    }
    if (fs->transfers.device->read_only)
        fs->read_only = true;

    fs->time_base = superblock->write_time;
    if (superblock->mount_time > fs->time_base)
        fs->time_base = superblock->mount_time;
    if (superblock->last_check_time > fs->time_base)
        fs->time_base = superblock->last_check_time;
    return 0;
}
