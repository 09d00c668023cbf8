/*
 * msync: what shared mappings have written is in the file, on the disk.
 *
 *   for each shared file region in the range:
 *      WRITE_BACK --waits for the pages--> FLUSH --waits for FS_SYNC--> next region
 *
 * The file in hand is held across the waits: the mapping may go meanwhile.
 */
#include "fs_job.h"
#include "memory_calls.h"
#include <quire/errno.h>

#define SYNC_ASYNCHRONOUS 1u /* <sys/mman.h>, Linux's values */
#define SYNC_INVALIDATE 2u
#define SYNC_SYNCHRONOUS 4u

enum { WRITE_BACK = 0, FLUSH };
enum { SYNC_AT = 0, SYNC_STATE = 1, SYNC_FILE = 2 }; /* of scratch */

static struct file_object *file_in_hand(const struct request *request)
{
    return (struct file_object *)(uintptr_t)request->scratch[SYNC_FILE];
}

static void let_file_go(struct request *request)
{
    struct file_object *file = file_in_hand(request);
    request->scratch[SYNC_FILE] = 0;
    request->abandon = NULL;
    if (file != NULL)
        file_object_drop(file);
}

static void abandon(struct request *request)
{
    if (fs_job_of(request) != NULL)
        fs_job_end(request);
    let_file_go(request);
}

/* The next shared file region at or after scratch[SYNC_AT]; NULL: none. */
static struct region *next_shared(struct request *request, uint64_t end)
{
    struct address_space *space = request->space;
    if (request->scratch[SYNC_AT] >= end)
        return NULL; /* the range ended inside the last region */
    struct region *region = region_tree_first_after(&space->regions, request->scratch[SYNC_AT]);
    while (region != NULL && region->start < end &&
           (region->file == NULL || region_is_private(region)))
        region = region->next;
    return region != NULL && region->start < end ? region : NULL;
}

static void begin_write_back(struct request *request, struct region *region, uint64_t end)
{
    uint64_t from = request->scratch[SYNC_AT];
    uint64_t to = region->end < end ? region->end : end;
    if (from < region->start)
        from = region->start;
    file_object_hold(region->file);
    request->scratch[SYNC_FILE] = (uintptr_t)region->file;
    request->abandon = abandon;
    request->scratch[SYNC_STATE] = FLUSH;
    request->scratch[SYNC_AT] = to;
    writeback_file(region->file, region_file_page(region, from),
                   region_file_page(region, to - PAGE_SIZE), &request->waiter);
}

/* REQUEST_PARKED, or REQUEST_DONE with *error: this file is flushed, or cannot be. */
static enum request_status flush(struct request *request, int32_t *error)
{
    struct file_object *file = file_in_hand(request);
    struct fs_job *job = fs_job_of(request);

    if (job == NULL) {
        job = fs_job_begin(request);
        request->abandon = abandon;
        *error = -ENOMEM;
        if (job == NULL)
            return REQUEST_DONE;
        job->call.request.inode = file->inode;
        return fs_job_submit(request, FS_SYNC);
    }
    *error = fs_job_result(job);
    fs_job_end(request);
    if (*error >= 0) {
        *error = file->write_error; /* told once */
        file->write_error = 0;
    }
    return REQUEST_DONE;
}

static void start_all(struct address_space *space, uint64_t start, uint64_t end)
{
    for (struct region *region = region_tree_first_after(&space->regions, start);
         region != NULL && region->start < end; region = region->next)
        region_start_writeback(region, region->start > start ? region->start : start,
                               region->end < end ? region->end : end);
}

enum request_status memory_sync_step(struct request *request)
{
    uint64_t start, end, flags = request->message.words[2];

    if (!memory_range(request, &start, &end) ||
        flags & ~(uint64_t)(SYNC_ASYNCHRONOUS | SYNC_INVALIDATE | SYNC_SYNCHRONOUS) ||
        (flags & SYNC_ASYNCHRONOUS && flags & SYNC_SYNCHRONOUS))
        return memory_done(request, -EINVAL);
    if (request->progress == 0) {
        if (!memory_covered(request->space, start, end))
            return memory_done(request, -ENOMEM);
        if (!(flags & SYNC_SYNCHRONOUS)) {
            start_all(request->space, start, end);
            return memory_done(request, 0);
        }
        request->progress = 1;
        request->scratch[SYNC_AT] = start;
    }
    for (;;) {
        if (request->scratch[SYNC_STATE] == WRITE_BACK) {
            struct region *region = next_shared(request, end);
            if (region == NULL)
                return memory_done(request, 0);
            begin_write_back(request, region, end);
            return REQUEST_PARKED;
        }
        int32_t error;
        if (flush(request, &error) == REQUEST_PARKED)
            return REQUEST_PARKED;
        let_file_go(request);
        request->scratch[SYNC_STATE] = WRITE_BACK;
        if (error < 0)
            return memory_done(request, error);
    }
}
