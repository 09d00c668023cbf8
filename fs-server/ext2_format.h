/*
 * ext2 as it lies on the disk: little endian, as the only machine we run on. Facts from
 * "The Second Extended File System" (D. Poirier) and the field names of e2fsprogs.
 *
 *      byte 0      1024          block 1 (or 2 with 1 KiB blocks)
 *      | boot      | superblock  | group descriptors | block bitmap | inode bitmap | inodes | data
 *       \_______________________ group 0 ____________________________________________________/
 */
#pragma once

#include <stdint.h>

#define EXT2_SUPERBLOCK_OFFSET 1024u
#define EXT2_SUPERBLOCK_BYTES 1024u
#define EXT2_MAGIC 0xef53
#define EXT2_ROOT_INODE 2u
#define EXT2_FIRST_INODE_REVISION_0 11u
#define EXT2_INODE_BYTES_REVISION_0 128u
#define EXT2_LINKS_MAX 32000u
#define EXT2_NAME_MAX 255u

#define EXT2_STATE_VALID 1u
#define EXT2_STATE_ERRORS 2u

#define EXT2_INCOMPAT_FILETYPE 0x0002u
#define EXT2_RO_COMPAT_SPARSE_SUPER 0x0001u
#define EXT2_RO_COMPAT_LARGE_FILE 0x0002u

struct ext2_superblock {
    uint32_t inodes_count;
    uint32_t blocks_count;
    uint32_t reserved_blocks_count;
    uint32_t free_blocks_count;
    uint32_t free_inodes_count;
    uint32_t first_data_block;
    uint32_t log_block_size;
    uint32_t log_fragment_size;
    uint32_t blocks_per_group;
    uint32_t fragments_per_group;
    uint32_t inodes_per_group;
    uint32_t mount_time;
    uint32_t write_time;
    uint16_t mount_count;
    uint16_t maximum_mount_count;
    uint16_t magic;
    uint16_t state;
    uint16_t errors;
    uint16_t minor_revision;
    uint32_t last_check_time;
    uint32_t check_interval;
    uint32_t creator_os;
    uint32_t revision;
    uint16_t reserved_user, reserved_group;
    /* From revision 1 on: */
    uint32_t first_inode;
    uint16_t inode_size;
    uint16_t block_group;
    uint32_t feature_compat;
    uint32_t feature_incompat;
    uint32_t feature_ro_compat;
    uint8_t uuid[16];
    char volume_name[16];
    uint8_t unused_1[64 + 4 + 4];
    uint8_t journal_uuid[16];
    uint32_t journal_inode, journal_device;
    uint32_t last_orphan;
    uint8_t unused_2[1024 - 236];
};
_Static_assert(sizeof(struct ext2_superblock) == EXT2_SUPERBLOCK_BYTES, "superblock layout");

struct ext2_group {
    uint32_t block_bitmap;
    uint32_t inode_bitmap;
    uint32_t inode_table;
    uint16_t free_blocks_count;
    uint16_t free_inodes_count;
    uint16_t used_directories_count;
    uint16_t flags;
    uint32_t unused[3];
};
_Static_assert(sizeof(struct ext2_group) == 32, "group descriptor layout");

/*
 *      block[0..11]   data
 *      block[12]      -> p data                         p pointers a block
 *      block[13]      -> p -> p*p data
 *      block[14]      -> p -> p*p -> p*p*p data
 */
#define EXT2_DIRECT_BLOCKS 12u
#define EXT2_POINTERS 15u

struct ext2_inode {
    uint16_t mode;
    uint16_t user;
    uint32_t size;
    uint32_t access_time, change_time, modification_time, deletion_time;
    uint16_t group;
    uint16_t links;
    uint32_t sectors; /* i_blocks: 512-byte units, indirect blocks included */
    uint32_t flags;
    uint32_t version;
    uint32_t block[EXT2_POINTERS];
    uint32_t generation;
    uint32_t attribute_block; /* i_file_acl */
    uint32_t size_high;       /* regular files only */
    uint32_t fragment_address;
    uint8_t unused[12];
};
_Static_assert(sizeof(struct ext2_inode) == 128, "inode layout");

#define EXT2_FAST_SYMLINK_BYTES (EXT2_POINTERS * 4u) /* exclusive of a terminator */
#define EXT2_INODE_FLAG_INDEX 0x00001000u
#define EXT2_INODE_FLAG_EXTENTS 0x00080000u
#define EXT2_INODE_FLAG_INLINE_DATA 0x10000000u
#define EXT2_INODE_FLAG_IMMUTABLE 0x00000010u
#define EXT2_INODE_FLAG_APPEND 0x00000020u

#define MODE_TYPE 0xf000u
#define MODE_REGULAR 0x8000u
#define MODE_DIRECTORY 0x4000u
#define MODE_SYMLINK 0xa000u
#define MODE_PERMISSIONS 0x0fffu

/* Record in a directory block; records fill the block, an unused one has inode 0. */
struct ext2_directory_record {
    uint32_t inode;
    uint16_t record_bytes; /* multiple of 4 */
    uint8_t name_bytes;
    uint8_t type; /* with FILETYPE; else the high byte of the name's length */
    char name[];
};
#define EXT2_RECORD_HEADER_BYTES 8u
#define EXT2_RECORD_BYTES(name_bytes) ((EXT2_RECORD_HEADER_BYTES + (name_bytes) + 3u) & ~3u)

enum ext2_file_type {
    EXT2_TYPE_UNKNOWN = 0,
    EXT2_TYPE_REGULAR = 1,
    EXT2_TYPE_DIRECTORY = 2,
    EXT2_TYPE_SYMLINK = 7
};

/* An extended-attribute block, shared by reference count. */
#define EXT2_ATTRIBUTE_MAGIC 0xea020000u
struct ext2_attribute_header {
    uint32_t magic;
    uint32_t reference_count;
};
