/* Inodes on disk and in memory; see inode.h. */
#include "inode.h"

#include "group.h"
#include "invariant.h"
#include "reap.h"
#include "reserve.h"

#define INODE_BUCKETS 1024u

bool inode_table_init(struct file_system *fs)
{
    fs->inode_bucket_count = INODE_BUCKETS;
    fs->inode_buckets =
        arena_take(&fs->arena, INODE_BUCKETS * sizeof(struct queue), sizeof(uint64_t));
    if (fs->inode_buckets == NULL)
        return false;
    for (uint32_t i = 0; i < INODE_BUCKETS; i++)
        queue_init(&fs->inode_buckets[i]);
    return true;
}

static struct queue *bucket_of(struct file_system *fs, uint32_t number)
{
    return &fs->inode_buckets[number & (fs->inode_bucket_count - 1)];
}

struct inode_state *inode_find(struct file_system *fs, uint32_t number)
{
    struct queue *bucket = bucket_of(fs, number);
    for (struct queue *link = bucket->next; link != bucket; link = link->next) {
        struct inode_state *state = QUEUE_OWNER(link, struct inode_state, hash_link);
        if (state->number == number)
            return state;
    }
    return NULL;
}

struct inode_state *inode_hold(struct file_system *fs, uint32_t number)
{
    struct inode_state *state = inode_find(fs, number);
    if (state == NULL) {
        state = pool_get(&fs->inode_states);
        if (state == NULL)
            return NULL;
        state->number = number;
        queue_init(&state->reap_link);
        queue_init(&state->waiters);
        queue_init(&state->reservations);
        queue_push(bucket_of(fs, number), &state->hash_link);
    }
    state->holds++;
    return state;
}

/* The last user may have gone: the state goes too, by way of the reaper if no name is left. */
static void settle(struct file_system *fs, struct inode_state *state)
{
    if (state->references != 0 || state->holds != 0)
        return;
    reservations_drop(fs, state, 0);
    if (state->orphan) {
        if (!state->dying)
            reap(fs, state);
        return;
    }
    FS_ASSERT(queue_is_empty(&state->waiters) && state->readers == 0 && !state->writer);
    queue_remove(&state->hash_link);
    pool_put(&fs->inode_states, state);
}

void inode_drop(struct file_system *fs, struct inode_state *state)
{
    FS_ASSERT(state->holds != 0);
    state->holds--;
    settle(fs, state);
}

void inode_release(struct file_system *fs, struct inode_state *state, uint64_t count)
{
    state->references -= count < state->references ? count : state->references;
    settle(fs, state);
}

void inode_drop_all_references(struct file_system *fs)
{
    for (uint32_t i = 0; i < fs->inode_bucket_count; i++) {
        struct queue *bucket = &fs->inode_buckets[i];
        for (struct queue *link = bucket->next, *next; link != bucket; link = next) {
            struct inode_state *state = QUEUE_OWNER(link, struct inode_state, hash_link);
            next = link->next;
            if (state->references != 0)
                inode_release(fs, state, state->references);
        }
    }
}

status inode_read(struct operation *operation, uint32_t number, struct inode *inode)
{
    struct file_system *fs = operation->fs;
    const struct geometry *geometry = &fs->geometry;
    if (number == 0 || number > geometry->inodes_count)
        return corrupt(fs, "ext2: inode number out of range: ", number);

    uint32_t group = (number - 1) / geometry->inodes_per_group;
    uint32_t index = (number - 1) % geometry->inodes_per_group;
    uint32_t block = group_descriptor(fs, group)->inode_table + index / geometry->inodes_per_block;

    inode->number = number;
    TRY(buffer_get(operation, block, &inode->buffer));
    inode->raw =
        (struct ext2_inode *)(void *)(inode->buffer->data +
                                      index % geometry->inodes_per_block * geometry->inode_bytes);
    return 0;
}

status inode_get(struct operation *operation, uint32_t number, struct inode *inode)
{
    struct file_system *fs = operation->fs;
    struct inode_state *state = inode_find(fs, number);
    if (state != NULL && state->dying)
        return -ENOENT;
    TRY(inode_read(operation, number, inode));

    const struct ext2_inode *raw = inode->raw;
    if (raw->mode == 0 || (raw->links == 0 && (state == NULL || !state->orphan)))
        return -ENOENT;
    if (raw->flags & EXT2_INODE_FLAG_EXTENTS)
        return corrupt(fs, "ext2: extents, which ext2 does not have, in inode ", number);
    if (raw->flags & EXT2_INODE_FLAG_INLINE_DATA)
        return corrupt(fs, "ext2: inline data, which ext2 does not have, in inode ", number);
    if (inode_size(raw) > fs->geometry.size_max)
        return corrupt(fs, "ext2: impossible size of inode ", number);
    if (inode_is(inode, MODE_DIRECTORY) && raw->size % fs->geometry.block_bytes != 0)
        return corrupt(fs, "ext2: directory that is no whole number of blocks, inode ", number);
    return 0;
}

status inode_of_request(struct operation *operation, struct inode *inode)
{
    struct file_system *fs = operation->fs;
    uint32_t number = operation->request.inode;
    if (number == 0 || number > fs->geometry.inodes_count ||
        (number != EXT2_ROOT_INODE && number < fs->geometry.first_inode))
        return -EINVAL;
    if (operation->held == NULL) {
        struct inode_state *state = inode_find(fs, number);
        if (state != NULL && state->dying)
            return -ENOENT;
        operation->held = inode_hold(fs, number);
        if (operation->held == NULL)
            return -ENOMEM;
    }
    return inode_get(operation, number, inode);
}

/* ------------------------------------------------------------------ locks */

static bool lock_is_free(const struct inode_state *state, bool exclusive)
{
    return !state->writer && (!exclusive || state->readers == 0);
}

static void grant(struct operation *operation, struct inode_state *state, bool exclusive)
{
    operation->locked = state;
    operation->locked_exclusive = exclusive;
    if (exclusive)
        state->writer = true;
    else
        state->readers++;
}

status inode_lock(struct operation *operation, bool exclusive)
{
    struct inode_state *state = operation->held;
    if (operation->locked == state)
        return 0;
    if (queue_is_empty(&state->waiters) && lock_is_free(state, exclusive)) {
        grant(operation, state, exclusive);
        return 0;
    }
    operation->locked_exclusive = exclusive;
    return operation_park(operation, &state->waiters);
}

void inode_unlock(struct operation *operation)
{
    struct inode_state *state = operation->locked;
    if (state == NULL)
        return;
    operation->locked = NULL;
    if (operation->locked_exclusive)
        state->writer = false;
    else
        state->readers--;
    /* Handed over in order, so that nobody overtakes a truncation for ever. */
    while (!queue_is_empty(&state->waiters)) {
        struct operation *waiter = QUEUE_OWNER(state->waiters.next, struct operation, link);
        if (!lock_is_free(state, waiter->locked_exclusive))
            break;
        grant(waiter, state, waiter->locked_exclusive);
        operation_wake(waiter);
    }
}

/* ------------------------------------------------------------------ fields */

uint64_t inode_size(const struct ext2_inode *raw)
{
    if ((raw->mode & MODE_TYPE) != MODE_REGULAR)
        return raw->size;
    return raw->size | (uint64_t)raw->size_high << 32;
}

void inode_set_size(struct file_system *fs, struct inode *inode, uint64_t size)
{
    inode->raw->size = (uint32_t)size;
    if (inode_is(inode, MODE_REGULAR)) {
        inode->raw->size_high = (uint32_t)(size >> 32);
        if (size > INT32_MAX)
            require_large_file(fs);
    }
    buffer_dirty(fs, inode->buffer);
}

void inode_touch(struct file_system *fs, struct inode *inode)
{
    inode->raw->modification_time = inode->raw->change_time = file_system_time(fs);
    buffer_dirty(fs, inode->buffer);
}

void inode_attributes(struct operation *operation, const struct inode *inode)
{
    struct fs_completion *completion = &operation->completion;
    completion->inode = inode->number;
    completion->size = inode_size(inode->raw);
    completion->mode = inode->raw->mode;
    completion->links = inode->raw->links;
    completion->count = inode->raw->sectors;
    completion->generation = inode->raw->generation;
    completion->modified_seconds = inode->raw->modification_time;
}

void inode_unlink(struct file_system *fs, struct inode *inode, struct inode_state *state,
                  uint32_t links)
{
    struct ext2_inode *raw = inode->raw;
    raw->links = raw->links > links ? (uint16_t)(raw->links - links) : 0;
    raw->change_time = file_system_time(fs);
    if (raw->links == 0) {
        /* After a crash e2fsck takes an inode with a deletion time for the free one that it is. */
        raw->deletion_time = raw->change_time;
        state->orphan = true;
    }
    buffer_dirty(fs, inode->buffer);
}
