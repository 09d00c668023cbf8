/*
 * Pager and fs-server: one submission ring, one completion ring, and an area for names.
 *
 * All requests go through the ring, names and metadata too: a blocking message would make
 * the pager wait for a disk. Requests complete in any order; the pager orders what must
 * be ordered (it never has two requests that change one page or one name in flight).
 *
 *      pager                                        fs-server
 *      submission ring  ------ doorbell ------>     decode, queue, merge, DMA
 *      completion ring  <----- doorbell -------     one notification for many
 *      name area (FS_NAME_SLOTS slots of FS_NAME_SLOT_BYTES, owned by the pager; a slot
 *      is the request's from submission to completion)
 *
 * Pages are PAGE_SIZE frames, whatever the file system's block size. The frame is named by
 * its physical address and the device moves data straight to or from it; fs-server does not
 * map it. So zeroing is the pager's part:
 *
 *   - FS_READ_PAGE: completion.value is a bitmap of the page's 512-byte sectors (bit i is
 *     sector i) that the disk did NOT fill, because they lie in a hole or past the end. The
 *     pager zeroes these, and the bytes past completion.size in the last sector. A page
 *     wholly past the end: result 0, all eight bits set.
 *   - FS_WRITE_PAGE: whole sectors are written, so the pager keeps the bytes past the end of
 *     file zero in the frame while the write is in flight.
 *
 * Errors are negative errno numbers. -EUCLEAN (117) means a corrupt file system. When
 * completion.diagnosis is 1, slot FS_DIAGNOSIS_SLOT (never used by requests) holds a new
 * NUL-terminated line for the console.
 */
#pragma once

#include <quire/block_device.h>
#include <stdint.h>

#define FS_RING_ENTRIES 512
#define FS_NAME_SLOTS 64
#define FS_NAME_SLOT_BYTES 4096
#define FS_DIAGNOSIS_SLOT (FS_NAME_SLOTS - 1) /* fs-server writes it; slots below are the pager's */

enum fs_operation {
    FS_READ_PAGE = 1,  /* inode, offset (page index), frame */
    FS_WRITE_PAGE = 2, /* inode, offset (page index), frame, size: the file's length to record if
                           larger than the inode's. Allocates blocks: may fail with ENOSPC */
    FS_RESERVE = 3,    /* inode, offset (page index), count pages: afterwards FS_WRITE_PAGE of these
                           cannot fail for lack of space. Reserving twice is harmless. Result: 0 or
                           -ENOSPC with nothing reserved */
    FS_SET_SIZE = 4,   /* inode, size: truncates or extends (sparse). Bytes past a shortened end
                           inside the last block are zeroed on disk */
    FS_LOOKUP = 5,     /* inode = directory (0: root), slot = path relative to it, '/' separated, or
                           absolute; symbolic links are followed (last one not with
                           FS_NO_FOLLOW). Result: attributes in the completion. Takes a reference */
    FS_CREATE = 6,     /* path; mode (type bits too: regular or directory); size: initial length.
                           -EEXIST if there. Takes a reference on the new inode */
    FS_UNLINK = 7, /* path of a non-directory; the inode lives until its references are gone. The
                           completion has the attributes (inode, links left) of what lost the name */
    FS_RMDIR = 8,  /* path of an empty directory */
    FS_RENAME =
        9,        /* slot: old path, slot2: new path, both relative to inode. The completion has the
                           inode and the links left of what the new name replaced; inode 0: nothing */
    FS_LINK = 10, /* inode, slot: new path, relative to the directory inode `offset` (0: root).
                           The completion has the attributes of the inode */
    FS_SYMLINK = 11,  /* slot: new path, relative to inode; slot2: target */
    FS_READLINK = 12, /* inode; the target is written to slot, result = its length */
    FS_READ_DIRECTORY =
        13,             /* inode, offset: cookie (0: start), count: most bytes (0: a slot); entries
                           (struct fs_directory_entry) are written to slot; result = bytes used, 0
                           at the end, -EINVAL if not one fits; value = cookie to go on with */
    FS_ATTRIBUTES = 14, /* inode: attributes in the completion; takes no reference */
    FS_RELEASE = 15,    /* inode, count references dropped (each LOOKUP and CREATE took one).
                           An unlinked inode is freed with its last reference, and the space
                           that FS_RESERVE set aside and no write used is given back */
    FS_SYNC = 16,       /* inode, or 0 for all: metadata of every request completed before it is
                           written, and the device's cache flushed */
    FS_STATISTICS = 17, /* value = free blocks (4 KiB units), size = total, count = free inodes */
    FS_SHUTDOWN = 18,   /* as FS_SYNC, then marks the file system clean; later writes fail */
};

#define FS_NO_FOLLOW 1u /* flags of FS_LOOKUP */
#define FS_ROOT_INODE 2u

struct fs_request {  /* 64 bytes */
    uint64_t cookie; /* returned in the completion */
    uint32_t operation;
    uint32_t inode;
    uint64_t offset;
    uint64_t frame;
    uint64_t size;
    uint32_t count;
    uint16_t slot, slot2;
    uint32_t mode;
    uint32_t flags;
    uint64_t reserved;
};

struct fs_completion { /* 64 bytes */
    uint64_t cookie;
    int32_t result; /* 0 or a count; negative errno */
    uint32_t inode;
    uint64_t size; /* file length in bytes */
    uint64_t value;
    uint32_t mode; /* S_IFMT and permission bits, as in the inode */
    uint32_t links;
    uint32_t count;
    uint32_t generation;
    uint64_t modified_seconds;
    uint64_t diagnosis; /* 1: slot FS_DIAGNOSIS_SLOT has a new line */
};

/* Kept by the fs-server at FS_AREA_COUNTERS of the shared area: the disk's traffic since boot. */
struct fs_counters {
    uint64_t version; /* odd while it is written */
    uint64_t sectors_read, sectors_written;
    struct block_activity activity;
};

struct fs_directory_entry { /* followed by the name, padded to 8 bytes, NUL terminated */
    uint32_t inode;
    uint16_t record_bytes;
    uint8_t name_bytes;
    uint8_t type; /* ext2 file type: 1 regular, 2 directory, 7 symbolic link */
};
