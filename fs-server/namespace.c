/*
 * Names: look up, create, link, remove. Each request is one restartable step: its last run
 * finds everything resident and changes directory, inode and bitmaps at once.
 */
#include "namespace.h"

#include "allocate.h"
#include "directory.h"
#include "path.h"

status request_lookup(struct operation *operation)
{
    const struct fs_request *request = &operation->request;
    struct inode inode;

    TRY(walk_begin(operation, 0, request->slot, request->inode));
    struct walk *walk = operation->walk[0];
    TRY(walk_to_inode(operation, walk, !(request->flags & FS_NO_FOLLOW), &inode));
    TRY(walk_hold_target(operation, walk, inode.number));
    walk->target->references++;
    inode_attributes(operation, &inode);
    return 0;
}

status request_attributes(struct operation *operation)
{
    struct inode inode;
    TRY(inode_of_request(operation, &inode));
    inode_attributes(operation, &inode);
    return 0;
}

status request_release(struct operation *operation)
{
    struct inode_state *state = inode_find(operation->fs, operation->request.inode);
    if (state == NULL || state->references < operation->request.count)
        return -EINVAL;
    inode_release(operation->fs, state, operation->request.count);
    return 0;
}

/* The name must be free: 0, -EEXIST or another status. */
static status check_absent(struct operation *operation, struct walk *walk)
{
    struct place place;
    status found = directory_find(operation, walk->directory, &walk->name, &walk->scan, &place);
    return found == 0 ? -EEXIST : found == -ENOENT ? 0 : found;
}

status request_create(struct operation *operation)
{
    struct file_system *fs = operation->fs;
    const struct fs_request *request = &operation->request;
    uint32_t type = request->mode & MODE_TYPE;
    bool directory = type == MODE_DIRECTORY;
    struct planned_block *first_block = NULL;
    struct planned_inode planned;
    struct insertion insertion;

    if (type != MODE_REGULAR && !directory)
        return -EINVAL;
    if (request->size > fs->geometry.size_max)
        return -EFBIG;
    TRY(walk_begin(operation, 0, request->slot, request->inode));
    struct walk *walk = operation->walk[0];
    TRY(walk_to_name(operation, walk, -EEXIST));
    TRY(check_absent(operation, walk));
    if (walk->must_be_directory && !directory)
        return -EISDIR;

    TRY(directory_plan_insert(operation, walk->directory, &walk->name, &walk->scan, &insertion));
    struct inode *parent = &insertion.directory;
    if (directory && parent->raw->links >= EXT2_LINKS_MAX)
        return -EMLINK;
    TRY(plan_inode(operation, parent->number, directory, &planned));
    struct inode *inode = &planned.inode;
    if (directory)
        TRY(plan_block(operation, inode, 0, &inode->raw->block[0], inode->buffer, true,
                       &first_block));
    TRY(walk_hold_target(operation, walk, planned.number));

    commit_inode(operation, &planned, type | (request->mode & MODE_PERMISSIONS));
    if (directory) {
        directory_format(fs, first_block->buffer, planned.number, parent->number);
        inode->raw->links = 2;
        parent->raw->links++;
        inode_set_size(fs, inode, fs->geometry.block_bytes);
    } else {
        inode_set_size(fs, inode, request->size);
    }
    plan_commit(operation);
    directory_insert(operation, walk->directory, &insertion, &walk->name, planned.number, type);
    walk->target->references++;
    inode_attributes(operation, inode);
    return 0;
}

/* The place of the walk's last name and the inode there, held. */
static status find_target(struct operation *operation, struct walk *walk, struct place *place,
                          struct inode *inode)
{
    TRY(directory_find(operation, walk->directory, &walk->name, &walk->scan, place));
    TRY(inode_get(operation, place->inode, inode));
    return walk_hold_target(operation, walk, place->inode);
}

status request_unlink(struct operation *operation)
{
    struct file_system *fs = operation->fs;
    struct place place;
    struct inode inode;

    TRY(walk_begin(operation, 0, operation->request.slot, operation->request.inode));
    struct walk *walk = operation->walk[0];
    TRY(walk_to_name(operation, walk, -EISDIR));
    TRY(find_target(operation, walk, &place, &inode));
    if (inode_is(&inode, MODE_DIRECTORY))
        return -EISDIR;
    if (walk->must_be_directory)
        return -ENOTDIR;

    directory_remove(operation, walk->directory, &place);
    inode_unlink(fs, &inode, walk->target, 1);
    inode_attributes(operation, &inode);
    return 0;
}

status request_rmdir(struct operation *operation)
{
    struct file_system *fs = operation->fs;
    struct place place;
    struct inode inode;

    TRY(walk_begin(operation, 0, operation->request.slot, operation->request.inode));
    struct walk *walk = operation->walk[0];
    TRY(walk_to_name(operation, walk, -EBUSY));
    TRY(find_target(operation, walk, &place, &inode));
    if (!inode_is(&inode, MODE_DIRECTORY))
        return -ENOTDIR;
    if (place.inode == EXT2_ROOT_INODE || walk->target == walk->directory)
        return corrupt(fs, "ext2: directory that contains itself, inode ", place.inode);
    TRY(directory_check_empty(operation, walk->target, &walk->empty_scan));

    directory_remove(operation, walk->directory, &place);
    inode_unlink(fs, &inode, walk->target, inode.raw->links);
    walk->target->version++;
    if (place.directory.raw->links > 2)
        place.directory.raw->links--; /* the removed ".." */
    inode_attributes(operation, &inode);
    return 0;
}

status request_link(struct operation *operation)
{
    struct file_system *fs = operation->fs;
    struct insertion insertion;
    struct inode inode;

    if (operation->request.offset > UINT32_MAX)
        return -EINVAL;
    TRY(walk_begin(operation, 0, operation->request.slot, (uint32_t)operation->request.offset));
    struct walk *walk = operation->walk[0];
    TRY(walk_to_name(operation, walk, -EEXIST));
    TRY(check_absent(operation, walk));
    if (walk->must_be_directory)
        return -ENOENT;
    TRY(directory_plan_insert(operation, walk->directory, &walk->name, &walk->scan, &insertion));
    TRY(inode_of_request(operation, &inode));
    if (inode_is(&inode, MODE_DIRECTORY))
        return -EPERM;
    if (inode.raw->links == 0)
        return -ENOENT; /* an orphan has lost its blocks' claim to a name */
    if (inode.raw->links >= EXT2_LINKS_MAX)
        return -EMLINK;

    plan_commit(operation);
    inode.raw->links++;
    inode.raw->change_time = file_system_time(fs);
    buffer_dirty(fs, inode.buffer);
    directory_insert(operation, walk->directory, &insertion, &walk->name, inode.number,
                     inode.raw->mode);
    inode_attributes(operation, &inode);
    return 0;
}
