/* Searching directories; see directory.h. Changes are in directory_change.c. */
#include "directory.h"

#include "block_map.h"
#include "directory_record.h"

#include <string.h>

bool record_next(struct file_system *fs, const struct buffer *buffer, uint32_t *offset,
                 struct ext2_directory_record **record)
{
    uint32_t block_bytes = fs->geometry.block_bytes;
    struct ext2_directory_record *next =
        (struct ext2_directory_record *)(void *)(buffer->data + *offset);
    if (block_bytes - *offset < EXT2_RECORD_BYTES(1) || next->record_bytes % 4 != 0 ||
        next->record_bytes < EXT2_RECORD_HEADER_BYTES + 4 ||
        next->record_bytes > block_bytes - *offset ||
        EXT2_RECORD_BYTES(next->name_bytes) > next->record_bytes)
        return false;
    *record = next;
    *offset += next->record_bytes;
    return true;
}

uint32_t record_used_bytes(const struct ext2_directory_record *record)
{
    return record->inode == 0 ? 0 : EXT2_RECORD_BYTES(record->name_bytes);
}

static status bad_record(struct file_system *fs, uint32_t directory)
{
    return corrupt(fs, "ext2: bad record in directory inode ", directory);
}

status directory_block(struct operation *operation, const struct inode *directory, uint64_t logical,
                       struct buffer **buffer)
{
    uint32_t block;
    TRY(map_lookup(operation, directory, logical, &block));
    if (block == 0)
        return corrupt(operation->fs, "ext2: hole in directory inode ", directory->number);
    return buffer_get(operation, block, buffer);
}

status directory_get(struct operation *operation, uint32_t number, struct inode *inode)
{
    TRY(inode_get(operation, number, inode));
    return inode_is(inode, MODE_DIRECTORY) ? 0 : -ENOTDIR;
}

static uint64_t block_count(const struct file_system *fs, const struct inode *directory)
{
    return directory->raw->size / fs->geometry.block_bytes;
}

/* Looks at one block. 0: found, -ENOENT: not here (and *room: a new record would fit). */
static status search_block(struct file_system *fs, struct place *place, const struct name *name,
                           bool *room)
{
    uint32_t wanted = EXT2_RECORD_BYTES(name->length);
    for (uint32_t offset = 0; offset < fs->geometry.block_bytes;) {
        struct ext2_directory_record *record;
        uint32_t start = offset;
        if (!record_next(fs, place->buffer, &offset, &record))
            return bad_record(fs, place->directory.number);
        if (record->record_bytes - record_used_bytes(record) >= wanted)
            *room = true;
        if (record->inode == 0 || record->name_bytes != name->length ||
            memcmp(record->name, name->text, name->length) != 0)
            continue;
        if (record->inode > fs->geometry.inodes_count ||
            (record->inode != EXT2_ROOT_INODE && record->inode < fs->geometry.first_inode))
            return corrupt(fs, "ext2: name of an impossible inode in directory inode ",
                           place->directory.number);
        place->offset = start;
        place->inode = record->inode;
        return 0;
    }
    return -ENOENT;
}

/* Starts the scan anew unless it is of this directory as it now is. */
static void refresh(struct scan *scan, const struct inode_state *state)
{
    if (scan->directory == state->number && scan->version == state->version)
        return;
    *scan = (struct scan){.directory = state->number, .version = state->version};
}

status directory_find(struct operation *operation, const struct inode_state *state,
                      const struct name *name, struct scan *scan, struct place *place)
{
    struct file_system *fs = operation->fs;

    TRY(directory_get(operation, state->number, &place->directory));
    refresh(scan, state);
    uint32_t mark = operation->pin_count;
    for (; scan->next_block < block_count(fs, &place->directory); scan->next_block++) {
        bool room = false;
        TRY(directory_block(operation, &place->directory, scan->next_block, &place->buffer));
        status result = search_block(fs, place, name, &room);
        if (result != -ENOENT)
            return result;
        if (room && !scan->room_known) {
            scan->room_known = true;
            scan->room_block = scan->next_block;
        }
        operation_release_after(operation, mark);
    }
    return -ENOENT;
}

static bool is_dot_name(const struct ext2_directory_record *record)
{
    return record->name_bytes <= 2 && record->name[0] == '.' &&
           (record->name_bytes == 1 || record->name[1] == '.');
}

status directory_check_empty(struct operation *operation, const struct inode_state *state,
                             struct scan *scan)
{
    struct file_system *fs = operation->fs;
    struct inode directory;

    TRY(directory_get(operation, state->number, &directory));
    refresh(scan, state);
    uint32_t mark = operation->pin_count;
    for (; scan->next_block < block_count(fs, &directory); scan->next_block++) {
        struct buffer *buffer;
        TRY(directory_block(operation, &directory, scan->next_block, &buffer));
        for (uint32_t offset = 0; offset < fs->geometry.block_bytes;) {
            struct ext2_directory_record *record;
            if (!record_next(fs, buffer, &offset, &record))
                return bad_record(fs, state->number);
            if (record->inode != 0 && !is_dot_name(record))
                return -ENOTEMPTY;
        }
        operation_release_after(operation, mark);
    }
    return 0;
}

status directory_find_parent(struct operation *operation, uint32_t directory, struct place *place)
{
    static const struct name parent = {2, ".."};
    struct file_system *fs = operation->fs;
    bool room;

    TRY(directory_get(operation, directory, &place->directory));
    if (place->directory.raw->size == 0)
        return bad_record(fs, directory);
    TRY(directory_block(operation, &place->directory, 0, &place->buffer));
    status result = search_block(fs, place, &parent, &room);
    return result == -ENOENT ? bad_record(fs, directory) : result;
}

/* ------------------------------------------------------------------ reading */

/* Copies the block's records from byte `start` on. True: the slot is full, *stop is where. */
static bool copy_records(struct operation *operation, const struct buffer *buffer, uint32_t start,
                         uint8_t *output, uint32_t *stop, bool *bad)
{
    struct file_system *fs = operation->fs;
    uint32_t *bytes = &operation->work.read_directory.bytes;
    uint32_t capacity = operation->request.count;

    if (capacity == 0 || capacity > FS_NAME_SLOT_BYTES)
        capacity = FS_NAME_SLOT_BYTES;
    for (uint32_t offset = 0; offset < fs->geometry.block_bytes;) {
        struct ext2_directory_record *record;
        *stop = offset;
        if (!record_next(fs, buffer, &offset, &record)) {
            *bad = true;
            return true;
        }
        if (*stop < start || record->inode == 0)
            continue;
        struct fs_directory_entry entry = {
            .inode = record->inode,
            .name_bytes = record->name_bytes,
            .type = fs->geometry.has_file_type ? record->type : EXT2_TYPE_UNKNOWN,
            .record_bytes = (uint16_t)((sizeof entry + record->name_bytes + 1 + 7) & ~7u),
        };
        if (*bytes + entry.record_bytes > capacity)
            return true;
        memset(output + *bytes, 0, entry.record_bytes);
        memcpy(output + *bytes, &entry, sizeof entry);
        memcpy(output + *bytes + sizeof entry, record->name, record->name_bytes);
        *bytes += entry.record_bytes;
    }
    return false;
}

static status read_blocks(struct operation *operation)
{
    struct file_system *fs = operation->fs;
    uint32_t block_bytes = fs->geometry.block_bytes;
    uint64_t *cookie = &operation->work.read_directory.cookie;
    uint8_t *output = fs->names + (size_t)operation->request.slot * FS_NAME_SLOT_BYTES;
    struct inode directory;

    TRY(inode_of_request(operation, &directory));
    uint32_t mark = operation->pin_count;
    while (*cookie < directory.raw->size) {
        struct buffer *buffer;
        uint32_t stop;
        bool bad = false;
        TRY(directory_block(operation, &directory, *cookie / block_bytes, &buffer));
        bool full = copy_records(operation, buffer, *cookie % block_bytes, output, &stop, &bad);
        if (bad)
            return bad_record(fs, directory.number);
        *cookie -= *cookie % block_bytes;
        *cookie += full ? stop : block_bytes;
        if (full && operation->work.read_directory.bytes == 0)
            return -EINVAL; /* not even one entry fits */
        if (full)
            break;
        operation_release_after(operation, mark);
    }
    operation->completion.value = *cookie;
    return (status)operation->work.read_directory.bytes;
}

/* The cookie is the byte in the directory where to go on. A record that was there may since
   have been joined with its neighbour: the block is parsed from its start. */
status request_read_directory(struct operation *operation)
{
    struct inode directory;
    TRY(inode_of_request(operation, &directory));
    if (!inode_is(&directory, MODE_DIRECTORY))
        return -ENOTDIR;
    operation->work.read_directory.cookie = operation->request.offset;
    return operation_continue(operation, read_blocks);
}
