/*
 * Changing directories. The records of a block always fill it:
 *
 *      insert "c"   | a |  b ........ |    -->   | a |  b  |  c ..... |
 *      remove "b"   | a |  b  |  c .. |    -->   | a ..... |  c ..... |
 *
 * The functions that change work on blocks that a search of the same run has validated.
 */
#include "block_map.h"
#include "directory.h"
#include "directory_record.h"
#include "invariant.h"

#include <string.h>

static uint8_t type_of_mode(const struct file_system *fs, uint32_t mode)
{
    if (!fs->geometry.has_file_type)
        return 0;
    switch (mode & MODE_TYPE) {
    case MODE_REGULAR: return EXT2_TYPE_REGULAR;
    case MODE_DIRECTORY: return EXT2_TYPE_DIRECTORY;
    case MODE_SYMLINK: return EXT2_TYPE_SYMLINK;
    default: return EXT2_TYPE_UNKNOWN;
    }
}

static void fill_record(struct ext2_directory_record *record, uint32_t record_bytes,
                        const struct name *name, uint32_t inode, uint8_t type)
{
    record->inode = inode;
    record->record_bytes = (uint16_t)record_bytes;
    record->name_bytes = name->length;
    record->type = type;
    memcpy(record->name, name->text, name->length);
}

/* The contents changed: parked scans start anew, and an index would be wrong now. */
static void changed(struct operation *operation, struct inode_state *state, struct inode *directory,
                    struct buffer *buffer)
{
    if (state != NULL)
        state->version++;
    directory->raw->flags &= ~EXT2_INODE_FLAG_INDEX;
    buffer_dirty(operation->fs, buffer);
    inode_touch(operation->fs, directory);
}

status directory_plan_insert(struct operation *operation, const struct inode_state *state,
                             const struct name *name, struct scan *scan,
                             struct insertion *insertion)
{
    struct file_system *fs = operation->fs;
    (void)name;

    TRY(directory_get(operation, state->number, &insertion->directory));
    if (insertion->directory.raw->links == 0)
        return -ENOENT; /* removed while somebody was on the way into it */
    insertion->new_block = !scan->room_known;
    if (scan->room_known)
        return directory_block(operation, &insertion->directory, scan->room_block,
                               &insertion->buffer);

    struct planned_block *planned;
    struct map_slot slot;
    uint64_t size = insertion->directory.raw->size;
    if (size + fs->geometry.block_bytes > INT32_MAX)
        return -EFBIG;
    TRY(map_extend(operation, &insertion->directory, size / fs->geometry.block_bytes, &slot));
    if (*slot.pointer != 0)
        return corrupt(fs, "ext2: block past the end of directory inode ", state->number);
    TRY(plan_block(operation, &insertion->directory, slot.goal, slot.pointer, slot.owner, true,
                   &planned));
    insertion->buffer = planned->buffer;
    return 0;
}

void directory_insert(struct operation *operation, struct inode_state *state,
                      struct insertion *insertion, const struct name *name, uint32_t inode,
                      uint32_t mode)
{
    struct file_system *fs = operation->fs;
    uint8_t type = type_of_mode(fs, mode);
    uint32_t wanted = EXT2_RECORD_BYTES(name->length);
    struct ext2_directory_record *record = (void *)insertion->buffer->data;

    if (insertion->new_block) {
        fill_record(record, fs->geometry.block_bytes, name, inode, type);
        inode_set_size(fs, &insertion->directory,
                       insertion->directory.raw->size + fs->geometry.block_bytes);
    } else {
        uint32_t offset = 0, used;
        do {
            bool sound = offset < fs->geometry.block_bytes &&
                         record_next(fs, insertion->buffer, &offset, &record);
            FS_ASSERT(sound);
            used = record_used_bytes(record);
        } while (record->record_bytes - used < wanted);

        uint32_t room = record->record_bytes - used;
        if (used != 0)
            record->record_bytes = (uint16_t)used;
        fill_record((void *)((uint8_t *)record + used), room, name, inode, type);
    }
    changed(operation, state, &insertion->directory, insertion->buffer);
}

void directory_remove(struct operation *operation, struct inode_state *state, struct place *place)
{
    struct ext2_directory_record *record, *previous = NULL;
    for (uint32_t offset = 0;; previous = record) {
        uint32_t start = offset;
        bool sound =
            start <= place->offset && record_next(operation->fs, place->buffer, &offset, &record);
        FS_ASSERT(sound);
        if (start == place->offset)
            break;
    }
    if (previous != NULL)
        previous->record_bytes = (uint16_t)(previous->record_bytes + record->record_bytes);
    record->inode = 0;
    changed(operation, state, &place->directory, place->buffer);
}

void directory_replace(struct operation *operation, struct inode_state *state, struct place *place,
                       uint32_t inode, uint32_t mode)
{
    struct ext2_directory_record *record = (void *)(place->buffer->data + place->offset);
    record->inode = inode;
    record->type = type_of_mode(operation->fs, mode);
    changed(operation, state, &place->directory, place->buffer);
}

void directory_format(struct file_system *fs, struct buffer *buffer, uint32_t self, uint32_t parent)
{
    static const struct name dot = {1, "."}, dot_dot = {2, ".."};
    uint32_t first_bytes = EXT2_RECORD_BYTES(dot.length);
    uint8_t type = type_of_mode(fs, MODE_DIRECTORY);

    fill_record((void *)buffer->data, first_bytes, &dot, self, type);
    fill_record((void *)(buffer->data + first_bytes), fs->geometry.block_bytes - first_bytes,
                &dot_dot, parent, type);
    buffer_dirty(fs, buffer);
}
