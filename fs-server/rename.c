/*
 * Renaming. The last run of the step sees both directories, the inode and what it replaces
 * at once, so nobody ever finds the file under neither name.
 *
 * Moving a directory to another parent must not put it below itself. The check climbs ".."
 * from the new parent; only such moves change "..", and they go one at a time, so what was
 * climbed stays true while the operation is parked.
 */
#include "allocate.h"
#include "directory.h"
#include "namespace.h"
#include "path.h"

/* Deeper than this is a cycle, unless there are a million nested directories. */
#define CLIMB_MAX (1u << 20)

struct rename {
    struct walk *from, *to;
    struct place source, replaced, parent_entry;
    struct inode inode, victim;
    struct insertion insertion;
    bool moves_directory; /* a directory, to another parent: ".." changes */
    bool replaces;
};

static status wait_for_turn(struct operation *operation)
{
    struct file_system *fs = operation->fs;
    if (fs->rename_owner == NULL)
        fs->rename_owner = operation;
    return fs->rename_owner == operation ? 0 : operation_park(operation, &fs->rename_waiters);
}

/* 0 if the new parent is not `directory` or below it. */
static status check_not_below(struct operation *operation, struct walk *to, uint32_t directory)
{
    uint32_t above = to->directory->number;
    uint32_t mark = operation->pin_count;

    for (uint32_t steps = 0; above != EXT2_ROOT_INODE; steps++) {
        struct place place;
        if (above == directory)
            return -EINVAL;
        if (steps == CLIMB_MAX)
            return corrupt(operation->fs, "ext2: cycle of directories above inode ",
                           to->directory->number);
        TRY(directory_find_parent(operation, above, &place));
        if (place.inode == above)
            return corrupt(operation->fs, "ext2: directory that is its own parent, inode ", above);
        above = place.inode;
        operation_release_after(operation, mark);
    }
    return directory == EXT2_ROOT_INODE ? -EINVAL : 0;
}

static status check_replaced(struct operation *operation, struct rename *rename)
{
    struct walk *to = rename->to;

    TRY(inode_get(operation, rename->replaced.inode, &rename->victim));
    TRY(walk_hold_target(operation, to, rename->replaced.inode));
    bool directory = inode_is(&rename->inode, MODE_DIRECTORY);
    if (inode_is(&rename->victim, MODE_DIRECTORY)) {
        if (!directory)
            return -EISDIR;
        if (rename->replaced.inode == EXT2_ROOT_INODE || to->target == to->directory)
            return -EBUSY;
        return directory_check_empty(operation, to->target, &to->empty_scan);
    }
    return directory ? -ENOTDIR : 0;
}

/* Everything that may fail. */
static status plan(struct operation *operation, struct rename *rename)
{
    struct walk *from = rename->from, *to = rename->to;

    TRY(directory_find(operation, from->directory, &from->name, &from->scan, &rename->source));
    TRY(inode_get(operation, rename->source.inode, &rename->inode));
    TRY(walk_hold_target(operation, from, rename->source.inode));
    bool directory = inode_is(&rename->inode, MODE_DIRECTORY);
    if ((from->must_be_directory || to->must_be_directory) && !directory)
        return -ENOTDIR;
    rename->moves_directory = directory && from->directory != to->directory;
    if (rename->moves_directory) {
        TRY(wait_for_turn(operation));
        TRY(check_not_below(operation, to, rename->source.inode));
        TRY(directory_find_parent(operation, rename->source.inode, &rename->parent_entry));
    }

    status found =
        directory_find(operation, to->directory, &to->name, &to->scan, &rename->replaced);
    rename->replaces = found == 0;
    if (found == 0)
        return rename->replaced.inode == rename->source.inode ? 0
                                                              : check_replaced(operation, rename);
    if (found != -ENOENT)
        return found;
    TRY(directory_plan_insert(operation, to->directory, &to->name, &to->scan, &rename->insertion));
    if (rename->moves_directory && rename->insertion.directory.raw->links >= EXT2_LINKS_MAX)
        return -EMLINK;
    return 0;
}

static void lose_link(struct file_system *fs, struct inode *directory)
{
    if (directory->raw->links > 2)
        directory->raw->links--;
    buffer_dirty(fs, directory->buffer);
}

static void commit(struct operation *operation, struct rename *rename)
{
    struct file_system *fs = operation->fs;
    struct walk *from = rename->from, *to = rename->to;
    uint32_t number = rename->source.inode, mode = rename->inode.raw->mode;
    struct inode *new_parent =
        rename->replaces ? &rename->replaced.directory : &rename->insertion.directory;

    plan_commit(operation);
    if (rename->replaces) {
        bool directory = inode_is(&rename->victim, MODE_DIRECTORY);
        directory_replace(operation, to->directory, &rename->replaced, number, mode);
        inode_unlink(fs, &rename->victim, to->target, directory ? rename->victim.raw->links : 1);
        if (directory) {
            to->target->version++;
            lose_link(fs, new_parent);
        }
    } else {
        directory_insert(operation, to->directory, &rename->insertion, &to->name, number, mode);
    }
    directory_remove(operation, from->directory, &rename->source);
    if (rename->moves_directory) {
        directory_replace(operation, from->target, &rename->parent_entry, new_parent->number,
                          MODE_DIRECTORY);
        new_parent->raw->links++;
        lose_link(fs, &rename->source.directory);
    }
    rename->inode.raw->change_time = file_system_time(fs);
    buffer_dirty(fs, rename->inode.buffer);
    if (rename->replaces)
        inode_attributes(operation, &rename->victim);
}

status request_rename(struct operation *operation)
{
    const struct fs_request *request = &operation->request;

    TRY(walk_begin(operation, 0, request->slot, request->inode));
    TRY(walk_begin(operation, 1, request->slot2, request->inode));
    struct rename rename = {.from = operation->walk[0], .to = operation->walk[1]};
    TRY(walk_to_name(operation, rename.from, -EBUSY));
    TRY(walk_to_name(operation, rename.to, -EBUSY));
    TRY(plan(operation, &rename));
    if (rename.replaces && rename.replaced.inode == rename.source.inode)
        return 0; /* two links of one file: POSIX wants nothing done */
    commit(operation, &rename);
    return 0;
}
