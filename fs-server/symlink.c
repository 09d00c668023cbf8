/* Symbolic links; see symlink.h. */
#include "symlink.h"

#include "block_map.h"
#include "directory.h"
#include "path.h"

#include <string.h>

bool symlink_is_fast(const struct file_system *fs, const struct ext2_inode *raw)
{
    uint32_t attribute_sectors = raw->attribute_block != 0 ? fs->geometry.sectors_per_block : 0;
    return raw->sectors <= attribute_sectors;
}

status symlink_target(struct operation *operation, const struct inode *link, const char **target,
                      uint32_t *length)
{
    struct file_system *fs = operation->fs;
    const struct ext2_inode *raw = link->raw;
    bool fast = symlink_is_fast(fs, raw);

    *length = raw->size;
    if (raw->size >= (fast ? EXT2_FAST_SYMLINK_BYTES : fs->geometry.block_bytes))
        return corrupt(fs, "ext2: impossible length of symbolic link inode ", link->number);
    if (fast) {
        *target = (const char *)raw->block;
        return 0;
    }
    struct buffer *buffer;
    uint32_t block;
    TRY(map_lookup(operation, link, 0, &block));
    if (block == 0)
        return corrupt(fs, "ext2: no target of symbolic link inode ", link->number);
    TRY(buffer_get(operation, block, &buffer));
    *target = (const char *)buffer->data;
    return 0;
}

status request_readlink(struct operation *operation)
{
    struct inode link;
    const char *target;
    uint32_t length;

    TRY(inode_of_request(operation, &link));
    if (!inode_is(&link, MODE_SYMLINK))
        return -EINVAL;
    TRY(symlink_target(operation, &link, &target, &length));
    uint8_t *output = operation->fs->names + (size_t)operation->request.slot * FS_NAME_SLOT_BYTES;
    memcpy(output, target, length);
    if (length < FS_NAME_SLOT_BYTES)
        output[length] = '\0';
    inode_attributes(operation, &link);
    return (status)length;
}

status request_symlink(struct operation *operation)
{
    struct file_system *fs = operation->fs;
    const char *target =
        (const char *)fs->names + (size_t)operation->request.slot2 * FS_NAME_SLOT_BYTES;
    struct planned_inode planned;
    struct planned_block *block = NULL;
    struct insertion insertion;
    struct place place;

    uint32_t length = 0;
    while (length < FS_NAME_SLOT_BYTES && target[length] != '\0')
        length++;
    if (length == 0)
        return -ENOENT;
    if (length >= fs->geometry.block_bytes)
        return -ENAMETOOLONG;

    TRY(walk_begin(operation, 0, operation->request.slot, operation->request.inode));
    struct walk *walk = operation->walk[0];
    TRY(walk_to_name(operation, walk, -EEXIST));
    status found = directory_find(operation, walk->directory, &walk->name, &walk->scan, &place);
    if (found != -ENOENT)
        return found == 0 ? -EEXIST : found;
    if (walk->must_be_directory)
        return -ENOENT;
    TRY(directory_plan_insert(operation, walk->directory, &walk->name, &walk->scan, &insertion));
    TRY(plan_inode(operation, walk->directory->number, false, &planned));
    struct inode *inode = &planned.inode;
    if (length >= EXT2_FAST_SYMLINK_BYTES)
        TRY(plan_block(operation, inode, 0, &inode->raw->block[0], inode->buffer, true, &block));

    commit_inode(operation, &planned, MODE_SYMLINK | 0777);
    memcpy(block != NULL ? block->buffer->data : (uint8_t *)inode->raw->block, target, length);
    plan_commit(operation);
    inode_set_size(fs, inode, length);
    directory_insert(operation, walk->directory, &insertion, &walk->name, planned.number,
                     MODE_SYMLINK);
    inode_attributes(operation, inode);
    return 0;
}
