/* Setting up the file system's parts, its clock and its reports. */
#include "file_system.h"

#include "inode.h"
#include "path.h"
#include "reap.h"
#include "reserve.h"

#include <string.h>

#define NANOSECONDS_A_SECOND 1000000000ull

uint32_t file_system_time(const struct file_system *fs)
{
    return (uint32_t)(fs->time_base + fs->clock() / NANOSECONDS_A_SECOND);
}

void diagnose(struct file_system *fs, const char *text, uint64_t number)
{
    char digits[20];
    uint32_t count = 0, length = 0;

    if (fs->diagnosis_is_new)
        return; /* the first of several is the cause */
    do {
        digits[count++] = (char)('0' + number % 10);
        number /= 10;
    } while (number != 0);
    while (length < DIAGNOSIS_BYTES - sizeof digits - 1 && text[length] != '\0') {
        fs->diagnosis[length] = text[length];
        length++;
    }
    while (count != 0)
        fs->diagnosis[length++] = digits[--count];
    fs->diagnosis[length] = '\0';
    fs->diagnosis_is_new = true;
}

status corrupt(struct file_system *fs, const char *text, uint64_t number)
{
    diagnose(fs, text, number);
    if (fs->mounted && !fs->read_only) {
        fs->superblock->state |= EXT2_STATE_ERRORS;
        buffer_dirty(fs, fs->superblock_buffer);
    }
    fs->read_only = true;
    return -EUCLEAN;
}

void require_large_file(struct file_system *fs)
{
    struct ext2_superblock *superblock = fs->superblock;
    if (superblock->revision == 0) {
        superblock->revision = 1;
        superblock->first_inode = EXT2_FIRST_INODE_REVISION_0;
        superblock->inode_size = EXT2_INODE_BYTES_REVISION_0;
        superblock->feature_compat = superblock->feature_incompat = 0;
        superblock->feature_ro_compat = 0;
    }
    if (superblock->feature_ro_compat & EXT2_RO_COMPAT_LARGE_FILE)
        return;
    superblock->feature_ro_compat |= EXT2_RO_COMPAT_LARGE_FILE;
    buffer_dirty(fs, fs->superblock_buffer);
}

bool file_system_start(struct file_system *fs, const struct file_system_environment *environment)
{
    memset(fs, 0, sizeof *fs);
    fs->heap = environment->heap;
    fs->heap_physical = environment->heap_physical;
    fs->names = environment->names;
    fs->clock = environment->clock;
    queue_init(&fs->runnable);
    queue_init(&fs->start_queue);
    queue_init(&fs->finished);
    queue_init(&fs->idle_waiters);
    queue_init(&fs->reap_queue);
    queue_init(&fs->reap_waiters);
    queue_init(&fs->rename_waiters);
    queue_init(&fs->transfers.window);
    queue_init(&fs->transfers.waiting);
    queue_init(&fs->cache.dirty);
    queue_init(&fs->cache.writing);
    queue_init(&fs->cache.sync_waiters);

    /* A quarter for objects, the rest for buffers, which want page alignment for the disk. */
    fs->arena = (struct arena){environment->heap, environment->heap_bytes / 4 & ~63ull};
    fs->cache_memory = environment->heap + fs->arena.left_bytes;
    fs->cache_memory_bytes = environment->heap_bytes - fs->arena.left_bytes;
    fs->scratch = arena_take(&fs->arena, EXT2_SUPERBLOCK_BYTES, FS_PAGE_BYTES);
    void *bundles = arena_take(&fs->arena, transfer_queue_bytes(), sizeof(uint64_t));
    pool_init(&fs->operations, &fs->arena, sizeof(struct operation));
    pool_init(&fs->walks, &fs->arena, sizeof(struct walk));
    pool_init(&fs->path_buffers, &fs->arena, PATH_BYTES_MAX);
    pool_init(&fs->inode_states, &fs->arena, sizeof(struct inode_state));
    fs->operations_max = (uint32_t)(fs->arena.left_bytes / 2 / sizeof(struct operation));
    if (fs->scratch == NULL || bundles == NULL || !inode_table_init(fs) ||
        !reservation_table_init(fs) || !reaper_start(fs))
        return false;

    if (environment->device == NULL) {
        fs->mount_error = environment->device_error;
        return true;
    }
    transfer_queue_init(&fs->transfers, environment->device, bundles);
    return file_system_mount(fs);
}
