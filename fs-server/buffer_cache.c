/* The metadata buffer cache; see buffer_cache.h for the states. */
#include "buffer_cache.h"

#include "file_system.h"
#include "invariant.h"

#include <string.h>

#define WRITES_IN_FLIGHT_MAX 64u
#define WRITE_ATTEMPTS_MAX 3u
#define WRITE_BACK_AGE_NANOSECONDS (5ull * 1000 * 1000 * 1000)

static struct queue *bucket_of(const struct buffer_cache *cache, uint32_t block)
{
    return &cache->buckets[(block * 2654435761u >> 8) & (cache->bucket_count - 1)];
}

static struct buffer *find(const struct buffer_cache *cache, uint32_t block)
{
    struct queue *bucket = bucket_of(cache, block);
    for (struct queue *link = bucket->next; link != bucket; link = link->next) {
        struct buffer *buffer = QUEUE_OWNER(link, struct buffer, hash_link);
        if (buffer->block == block)
            return buffer;
    }
    return NULL;
}

static bool is_idle(const struct buffer *buffer)
{
    return buffer->pins == 0 && !buffer->dirty && !buffer->reading && !buffer->writing;
}

/* The buffer changed state: into the LRU queue if it may be evicted, else out of it. */
static void update_lru(struct file_system *fs, struct buffer *buffer)
{
    queue_remove(&buffer->lru_link);
    if (is_idle(buffer)) {
        queue_push(&fs->cache.lru, &buffer->lru_link);
        operations_wake_all(fs, &fs->cache.space_waiters);
    }
}

static void transfer_finished(struct transfer *transfer);

uint32_t cache_init(struct file_system *fs, uint8_t *memory, size_t bytes)
{
    struct buffer_cache *cache = &fs->cache;
    uint32_t block_bytes = fs->geometry.block_bytes;
    size_t skip = (size_t)(-(uintptr_t)memory) & (BLOCK_BYTES_MAX - 1);
    if (bytes < skip)
        return 0;
    size_t count =
        (bytes - skip) / (block_bytes + sizeof(struct buffer) + 2 * sizeof(struct queue));

    *cache = (struct buffer_cache){.capacity = (uint32_t)count, .bucket_count = 1};
    while (cache->bucket_count * 2 <= count)
        cache->bucket_count *= 2;
    queue_init(&cache->lru);
    queue_init(&cache->dirty);
    queue_init(&cache->writing);
    queue_init(&cache->space_waiters);
    queue_init(&cache->dirty_waiters);
    queue_init(&cache->sync_waiters);

    uint8_t *data = memory + skip;
    struct buffer *buffers = (struct buffer *)(void *)(data + count * block_bytes);
    cache->buckets = (struct queue *)(void *)(buffers + count);
    for (uint32_t i = 0; i < cache->bucket_count; i++)
        queue_init(&cache->buckets[i]);
    for (uint32_t i = 0; i < count; i++) {
        struct buffer *buffer = &buffers[i];
        *buffer = (struct buffer){.data = data + (size_t)i * block_bytes};
        queue_init(&buffer->hash_link);
        queue_init(&buffer->lru_link);
        queue_init(&buffer->dirty_link);
        queue_init(&buffer->waiters);
        queue_init(&buffer->transfer.link);
        buffer->transfer.physical = buffer_physical(fs, buffer->data);
        buffer->transfer.length_bytes = block_bytes;
        buffer->transfer.done = transfer_finished;
        buffer->transfer.owner = fs;
        queue_push(&cache->lru, &buffer->lru_link);
    }
    return (uint32_t)count;
}

static void start_transfer(struct file_system *fs, struct buffer *buffer,
                           enum block_operation operation)
{
    buffer->transfer.operation = operation;
    buffer->transfer.sector = block_sector(fs, buffer->block);
    buffer->transfer.alone = false;
    transfer_start(&fs->transfers, &buffer->transfer);
}

static void start_write(struct file_system *fs, struct buffer *buffer)
{
    buffer->dirty = false;
    buffer->writing = true;
    buffer->writing_sequence = buffer->dirty_sequence;
    fs->cache.dirty_count--;
    fs->cache.writing_count++;
    queue_remove(&buffer->dirty_link);
    queue_push(&fs->cache.writing, &buffer->dirty_link);
    update_lru(fs, buffer);
    start_transfer(fs, buffer, BLOCK_WRITE);
}

static void set_failed(struct file_system *fs, struct buffer *buffer, bool failed)
{
    if (buffer->failed == failed)
        return;
    buffer->failed = failed;
    fs->cache.failed_count += failed ? 1u : -1u;
}

/* Makes it dirty, or keeps it so; `sequence` is the change that has to reach the disk. */
static void mark_dirty(struct file_system *fs, struct buffer *buffer, uint64_t sequence)
{
    if (buffer->dirty)
        return;
    buffer->dirty = true;
    buffer->dirty_sequence = sequence;
    buffer->dirtied_at = fs->clock();
    fs->cache.dirty_count++;
    queue_remove(&buffer->lru_link);
    if (!buffer->writing)
        queue_push(&fs->cache.dirty, &buffer->dirty_link);
}

void buffer_dirty(struct file_system *fs, struct buffer *buffer)
{
    FS_ASSERT(buffer->pins != 0 && buffer->valid);
    mark_dirty(fs, buffer, ++fs->cache.sequence);
}

static void write_finished(struct file_system *fs, struct buffer *buffer, status result)
{
    struct buffer_cache *cache = &fs->cache;

    buffer->writing = false;
    cache->writing_count--;
    queue_remove(&buffer->dirty_link);
    if (result == 0) {
        buffer->write_attempts = 0;
        set_failed(fs, buffer, false);
    } else if (buffer->valid) {
        bool was_dirty = buffer->dirty;
        mark_dirty(fs, buffer, buffer->writing_sequence);
        buffer->dirty_sequence = buffer->writing_sequence;
        if (was_dirty)
            queue_push(&cache->dirty, &buffer->dirty_link);
        if (++buffer->write_attempts >= WRITE_ATTEMPTS_MAX && !buffer->failed) {
            set_failed(fs, buffer, true);
            fs->read_only = true;
            diagnose(fs,
                     "ext2: the disk does not take metadata block, now read-only: ", buffer->block);
        }
    }
    if (result == 0 && buffer->dirty)
        queue_push(&cache->dirty, &buffer->dirty_link);
    cache->write_finished = true;
    operations_wake_all(fs, &cache->dirty_waiters);
    operations_wake_all(fs, &buffer->waiters);
    /* A write that failed makes nothing evictable, but a failed buffer may now be dropped. */
    operations_wake_all(fs, &cache->space_waiters);
}

static void transfer_finished(struct transfer *transfer)
{
    struct file_system *fs = transfer->owner;
    struct buffer *buffer = QUEUE_OWNER(transfer, struct buffer, transfer);

    if (buffer->writing) {
        write_finished(fs, buffer, transfer->result);
    } else {
        buffer->reading = false;
        buffer->valid = transfer->result == 0;
        if (!buffer->valid) {
            for (struct queue *link = buffer->waiters.next; link != &buffer->waiters;
                 link = link->next)
                QUEUE_OWNER(link, struct operation, link)->failed_read = buffer->block + 1ull;
        }
        operations_wake_all(fs, &buffer->waiters);
    }
    update_lru(fs, buffer);
}

/* Forgets a change that will never reach the disk. */
static void drop_change(struct file_system *fs, struct buffer *buffer)
{
    if (buffer->dirty) {
        buffer->dirty = false;
        fs->cache.dirty_count--;
        if (!buffer->writing)
            queue_remove(&buffer->dirty_link);
    }
    set_failed(fs, buffer, false);
}

/* A buffer to reuse; NULL when all are in use and the caller must wait. */
static struct buffer *take(struct file_system *fs)
{
    struct buffer_cache *cache = &fs->cache;
    struct buffer *buffer = NULL;

    if (!queue_is_empty(&cache->lru)) {
        buffer = QUEUE_OWNER(cache->lru.next, struct buffer, lru_link);
    } else if (cache->failed_count != 0) {
        /* The disk refused it three times, which was reported: reading goes on without it. */
        for (struct queue *link = cache->dirty.next; link != &cache->dirty; link = link->next) {
            struct buffer *dirty = QUEUE_OWNER(link, struct buffer, dirty_link);
            if (dirty->failed && dirty->pins == 0) {
                drop_change(fs, dirty);
                buffer = dirty;
                break;
            }
        }
    }
    if (buffer == NULL)
        return NULL;
    queue_remove(&buffer->lru_link);
    queue_remove(&buffer->hash_link);
    buffer->valid = false;
    buffer->write_attempts = 0;
    return buffer;
}

/* Finds or takes the block's buffer and pins it. */
static status pin_block(struct operation *operation, uint32_t block, struct buffer **result)
{
    struct file_system *fs = operation->fs;
    FS_ASSERT(block != 0 || fs->geometry.first_data_block == 0);
    struct buffer *buffer = find(&fs->cache, block);

    if (buffer == NULL) {
        buffer = take(fs);
        if (buffer == NULL) {
            cache_write_back(fs, UINT64_MAX);
            return operation_park(operation, &fs->cache.space_waiters);
        }
        buffer->block = block;
        queue_push(bucket_of(&fs->cache, block), &buffer->hash_link);
    }
    operation_pin(operation, buffer);
    update_lru(fs, buffer);
    *result = buffer;
    return 0;
}

status buffer_get(struct operation *operation, uint32_t block, struct buffer **result)
{
    TRY(pin_block(operation, block, result));
    struct buffer *buffer = *result;
    if (buffer->valid)
        return 0;
    if (operation->failed_read == block + 1ull) {
        operation->failed_read = 0;
        return -EIO;
    }
    /* A forgotten block may still have its last write in flight: first that, then the read. */
    if (!buffer->reading && !buffer->writing) {
        buffer->reading = true;
        start_transfer(operation->fs, buffer, BLOCK_READ);
    }
    return operation_park(operation, &buffer->waiters);
}

status buffer_new(struct operation *operation, uint32_t block, struct buffer **result)
{
    TRY(pin_block(operation, block, result));
    struct buffer *buffer = *result;
    FS_ASSERT(!buffer->reading && !buffer->writing && !buffer->dirty);
    memset(buffer->data, 0, operation->fs->geometry.block_bytes);
    buffer->valid = true;
    buffer->forgotten = false;
    return 0;
}

status buffer_write_out(struct operation *operation, struct buffer *buffer)
{
    if (buffer->failed)
        return -EIO;
    if (buffer->dirty && !buffer->writing)
        start_write(operation->fs, buffer);
    return buffer->writing ? operation_park(operation, &buffer->waiters) : 0;
}

void buffer_unpinned(struct file_system *fs, struct buffer *buffer)
{
    FS_ASSERT(buffer->pins != 0);
    if (--buffer->pins != 0)
        return;
    if (buffer->forgotten && !buffer->dirty) {
        buffer->forgotten = false;
        buffer->valid = false;
    }
    update_lru(fs, buffer);
}

void cache_forget(struct file_system *fs, uint32_t block)
{
    struct buffer *buffer = find(&fs->cache, block);
    if (buffer == NULL)
        return;
    drop_change(fs, buffer);
    if (buffer->pins == 0)
        buffer->valid = false;
    else
        buffer->forgotten = true;
    update_lru(fs, buffer);
}

bool cache_is_busy(struct operation *operation, uint32_t block)
{
    struct buffer *buffer = find(&operation->fs->cache, block);
    if (buffer == NULL)
        return false;
    uint32_t own = operation_has_pinned(operation, buffer) ? 1 : 0;
    return buffer->reading || buffer->writing || buffer->dirty || buffer->pins > own;
}

static uint32_t dirty_limit(const struct buffer_cache *cache)
{
    return cache->capacity / 2;
}

status cache_admit_change(struct operation *operation)
{
    struct buffer_cache *cache = &operation->fs->cache;
    if (cache->dirty_count + cache->writing_count < dirty_limit(cache))
        return 0;
    cache_write_back(operation->fs, UINT64_MAX);
    if (cache->writing_count == 0) /* only failed buffers are left: we are read-only by now */
        return -EROFS;
    return operation_park(operation, &cache->dirty_waiters);
}

bool cache_sync(struct file_system *fs, uint64_t sequence)
{
    struct buffer_cache *cache = &fs->cache;
    bool clean = true;

    for (struct queue *link = cache->writing.next; link != &cache->writing; link = link->next) {
        struct buffer *buffer = QUEUE_OWNER(link, struct buffer, dirty_link);
        if (buffer->writing_sequence <= sequence ||
            (buffer->dirty && buffer->dirty_sequence <= sequence))
            clean = false;
    }
    for (struct queue *link = cache->dirty.next, *next; link != &cache->dirty; link = next) {
        struct buffer *buffer = QUEUE_OWNER(link, struct buffer, dirty_link);
        next = link->next;
        if (buffer->dirty_sequence > sequence || buffer->failed)
            continue;
        clean = false;
        start_write(fs, buffer);
    }
    return clean;
}

/* `now` UINT64_MAX: as many as may be in flight, whatever their age. */
void cache_write_back(struct file_system *fs, uint64_t now)
{
    struct buffer_cache *cache = &fs->cache;

    for (struct queue *link = cache->dirty.next, *next; link != &cache->dirty; link = next) {
        struct buffer *buffer = QUEUE_OWNER(link, struct buffer, dirty_link);
        next = link->next;
        bool due = cache->dirty_count > cache->capacity / 4 || now == UINT64_MAX ||
                   buffer->dirtied_at + WRITE_BACK_AGE_NANOSECONDS <= now;
        if (!due || cache->writing_count >= WRITES_IN_FLIGHT_MAX)
            return;
        if (!buffer->failed)
            start_write(fs, buffer);
    }
}

uint64_t cache_deadline(const struct file_system *fs)
{
    const struct buffer_cache *cache = &fs->cache;
    /* While writes are in flight their completions run the writer again. */
    if (!fs->mounted || cache->writing_count != 0)
        return 0;
    for (struct queue *link = cache->dirty.next; link != &cache->dirty; link = link->next) {
        struct buffer *buffer = QUEUE_OWNER(link, struct buffer, dirty_link);
        if (!buffer->failed)
            return buffer->dirtied_at + WRITE_BACK_AGE_NANOSECONDS;
    }
    return 0;
}
