/* Path walks; see path.h. */
#include "path.h"

#include "block_map.h"
#include "directory_record.h"
#include "symlink.h"

#include <string.h>

static uint32_t bounded_length(const char *path)
{
    uint32_t length = 0;
    while (length < PATH_BYTES_MAX && path[length] != '\0')
        length++;
    return length;
}

static status enter(struct operation *operation, struct walk *walk, uint32_t number)
{
    struct inode_state *state = inode_hold(operation->fs, number);
    if (state == NULL)
        return -ENOMEM;
    if (walk->directory != NULL)
        inode_drop(operation->fs, walk->directory);
    walk->directory = state;
    walk->scan = (struct scan){0};
    return 0;
}

status walk_begin(struct operation *operation, unsigned index, uint32_t slot, uint32_t base)
{
    struct file_system *fs = operation->fs;
    const char *path = (const char *)fs->names + (size_t)slot * FS_NAME_SLOT_BYTES;

    if (operation->walk[index] != NULL)
        return 0;
    uint32_t length = bounded_length(path);
    if (length == PATH_BYTES_MAX)
        return -ENAMETOOLONG;
    if (length == 0)
        return -ENOENT;
    if (base > fs->geometry.inodes_count ||
        (base != 0 && base != EXT2_ROOT_INODE && base < fs->geometry.first_inode))
        return -EINVAL;
    struct walk *walk = pool_get(&fs->walks);
    if (walk == NULL)
        return -ENOMEM;
    operation->walk[index] = walk;
    walk->path = path;
    return enter(operation, walk, path[0] == '/' || base == 0 ? EXT2_ROOT_INODE : base);
}

void walk_end(struct operation *operation, unsigned index)
{
    struct file_system *fs = operation->fs;
    struct walk *walk = operation->walk[index];
    if (walk == NULL)
        return;
    operation->walk[index] = NULL;
    if (walk->target != NULL)
        inode_drop(fs, walk->target);
    if (walk->directory != NULL)
        inode_drop(fs, walk->directory);
    if (walk->buffer != NULL)
        pool_put(&fs->path_buffers, walk->buffer);
    pool_put(&fs->walks, walk);
}

/* Reads the component at the position into walk->name; *next is where the one after starts. */
static status read_component(struct walk *walk, uint32_t *next)
{
    uint32_t at = walk->position, length = 0;
    while (at < PATH_BYTES_MAX && walk->path[at] == '/')
        at++;
    while (at < PATH_BYTES_MAX && walk->path[at] != '\0' && walk->path[at] != '/') {
        if (length == EXT2_NAME_MAX)
            return -ENAMETOOLONG;
        walk->name.text[length++] = walk->path[at++];
    }
    walk->name.length = (uint8_t)length;
    walk->name.text[length] = '\0';
    walk->must_be_directory = at < PATH_BYTES_MAX && walk->path[at] == '/';
    while (at < PATH_BYTES_MAX && walk->path[at] == '/')
        at++;
    *next = at;
    return 0;
}

static bool path_ends_at(const struct walk *walk, uint32_t at)
{
    return at >= PATH_BYTES_MAX || walk->path[at] == '\0';
}

static bool is_dot(const struct name *name)
{
    return name->length == 1 && name->text[0] == '.';
}

static bool is_dot_dot(const struct name *name)
{
    return name->length == 2 && name->text[0] == '.' && name->text[1] == '.';
}

/* Puts the link's target in place of what was walked: target "/" rest. */
static status follow(struct operation *operation, struct walk *walk, const struct inode *link,
                     uint32_t next)
{
    struct file_system *fs = operation->fs;
    const char *target, *rest = walk->path + next;
    uint32_t target_bytes, rest_bytes = path_ends_at(walk, next) ? 0 : bounded_length(rest);

    if (walk->links_followed == SYMLINKS_FOLLOWED_MAX)
        return -ELOOP;
    TRY(symlink_target(operation, link, &target, &target_bytes));
    if (target_bytes == 0)
        return -ENOENT;
    if (target_bytes + 1 + rest_bytes + 1 > PATH_BYTES_MAX)
        return -ENAMETOOLONG;
    char *buffer = pool_get(&fs->path_buffers);
    if (buffer == NULL)
        return -ENOMEM;
    memcpy(buffer, target, target_bytes);
    uint32_t end = target_bytes;
    if (rest_bytes != 0 || walk->must_be_directory)
        buffer[end++] = '/';
    memcpy(buffer + end, rest, rest_bytes);
    buffer[end + rest_bytes] = '\0';

    if (walk->buffer != NULL)
        pool_put(&fs->path_buffers, walk->buffer);
    walk->path = walk->buffer = buffer;
    walk->position = 0;
    walk->links_followed++;
    walk->scan = (struct scan){0};
    return buffer[0] == '/' ? enter(operation, walk, EXT2_ROOT_INODE) : 0;
}

/* One component on: into a directory, or through a symbolic link. */
static status step(struct operation *operation, struct walk *walk, uint32_t next)
{
    struct inode inode;
    struct place place;

    if (!is_dot(&walk->name)) {
        TRY(directory_find(operation, walk->directory, &walk->name, &walk->scan, &place));
        TRY(inode_get(operation, place.inode, &inode));
        if (inode_is(&inode, MODE_SYMLINK)) {
            TRY(follow(operation, walk, &inode, next));
            operation_release_after(operation, 0);
            return 0;
        }
        if (!inode_is(&inode, MODE_DIRECTORY))
            return -ENOTDIR;
        TRY(enter(operation, walk, place.inode));
    }
    walk->position = next;
    operation_release_after(operation, 0);
    return 0;
}

status walk_to_parent(struct operation *operation, struct walk *walk)
{
    for (;;) {
        uint32_t next;
        TRY(read_component(walk, &next));
        if (path_ends_at(walk, next))
            return 0;
        TRY(step(operation, walk, next));
    }
}

status walk_to_name(struct operation *operation, struct walk *walk, status if_not_a_name)
{
    TRY(walk_to_parent(operation, walk));
    if (walk->name.length == 0 || is_dot(&walk->name) || is_dot_dot(&walk->name))
        return if_not_a_name;
    return 0;
}

status walk_to_inode(struct operation *operation, struct walk *walk, bool follow_last,
                     struct inode *inode)
{
    for (;;) {
        struct place place;
        uint32_t next;
        TRY(walk_to_parent(operation, walk));
        if (walk->name.length == 0 || is_dot(&walk->name))
            return directory_get(operation, walk->directory->number, inode);
        TRY(directory_find(operation, walk->directory, &walk->name, &walk->scan, &place));
        TRY(inode_get(operation, place.inode, inode));
        if (inode_is(inode, MODE_SYMLINK) && (follow_last || walk->must_be_directory)) {
            TRY(read_component(walk, &next));
            TRY(follow(operation, walk, inode, next));
            operation_release_after(operation, 0);
            continue;
        }
        if (walk->must_be_directory && !inode_is(inode, MODE_DIRECTORY))
            return -ENOTDIR;
        return 0;
    }
}

status walk_hold_target(struct operation *operation, struct walk *walk, uint32_t number)
{
    if (walk->target != NULL && walk->target->number == number)
        return 0;
    struct inode_state *state = inode_hold(operation->fs, number);
    if (state == NULL)
        return -ENOMEM;
    if (walk->target != NULL)
        inode_drop(operation->fs, walk->target);
    walk->target = state;
    walk->empty_scan = (struct scan){0};
    return 0;
}
