/*
 * Calls to the fs-server on behalf of requests. See fs_job.h.
 */
#include "fs_job.h"
#include "address_space.h"
#include "descriptor.h"
#include "file_object.h"
#include "memory.h"
#include "shutdown.h"

#include <quire/errno.h>
#include <string.h>

static struct slab operation_slab = SLAB_INITIALIZER(struct fs_job);

struct fs_job *fs_job_begin(struct request *request)
{
    struct fs_job *job = slab_allocate(&operation_slab);
    if (job == NULL)
        return NULL;
    job->request = request;
    job->call.context = job;
    request->data = job;
    /* A call with more to undo has a function of its own, which calls fs_job_end(). */
    if (request->abandon == NULL)
        request->abandon = fs_job_end;
    return job;
}

static void completed(struct fs_call *call)
{
    struct fs_job *job = call->context;
    job->finished = true;
    run_queue_add(&job->request->waiter, 0);
}

enum request_status fs_job_submit(struct request *request, uint32_t number)
{
    struct fs_job *job = fs_job_of(request);
    job->call.request.operation = number;
    job->call.done = completed;
    job->finished = false;
    job->takes_reference = number == FS_LOOKUP || number == FS_CREATE;
    fs_submit(&job->call);
    return REQUEST_PARKED;
}

int32_t fs_job_result(const struct fs_job *job)
{
    return job->call.completion.result;
}

struct file_object *fs_job_take_file(struct fs_job *job)
{
    job->takes_reference = false;
    job->file = file_object_get(&job->call.completion);
    return job->file;
}

void fs_job_end(struct request *request)
{
    struct fs_job *job = fs_job_of(request);
    if (job == NULL)
        return;
    if (job->finished && job->takes_reference && fs_job_result(job) >= 0)
        fs_job_take_file(job);
    if (job->file != NULL)
        file_object_drop(job->file);
    if (job->slot_count != 0)
        fs_slots_give(job->slot_count, job->slots);
    slab_free(&operation_slab, job);
    request->data = NULL;
    if (request->abandon == fs_job_end)
        request->abandon = NULL;
}

enum request_status fs_job_done(struct request *request, int32_t result)
{
    fs_job_end(request);
    request->result = result;
    return REQUEST_DONE;
}

/* ---------------------------------------------------------------- paths */

static int32_t check_length(uint64_t length)
{
    if (length == 0)
        return -ENOENT;
    return length > FS_PATH_MAX ? -ENAMETOOLONG : 0;
}

/* Copies the paths in, one after the other; scratch[0] counts the bytes of both. */
static enum request_status copy_paths(struct request *request, uint32_t count,
                                      const struct path_argument paths[])
{
    struct fs_job *job = fs_job_of(request);
    uint64_t before = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint64_t length = paths[i].length;
        char *slot = fs_slot_memory(job->slots[i]);
        if (request->scratch[0] < before + length) {
            uint64_t progress = request->scratch[0] - before;
            enum copy_status status =
                user_copy_in(request, request->space, paths[i].address, slot, length, &progress);
            request->scratch[0] = before + progress;
            if (status == COPY_PARKED)
                return REQUEST_PARKED;
            if (status == COPY_FAULT) {
                fs_job_end(request);
                return user_fault_result(request, paths[i].address);
            }
            if (memchr(slot, '\0', length) != NULL)
                return fs_job_done(request, -EINVAL);
            slot[length] = '\0';
        }
        before += length;
    }
    request->progress = PATH_STAGE_READY;
    return REQUEST_DONE;
}

bool path_arguments(struct request *request, uint32_t count, const struct path_argument paths[],
                    enum request_status *status)
{
    if (request->progress >= PATH_STAGE_READY)
        return true;
    *status = REQUEST_DONE;
    if (request->data == NULL) {
        for (uint32_t i = 0; i < count && request->result == 0; i++)
            request->result = check_length(paths[i].length);
        if (request->result == 0 && system_is_shut_down())
            request->result = -EROFS;
        if (request->result == 0 && fs_job_begin(request) == NULL)
            request->result = -ENOMEM;
        if (request->result != 0)
            return false;
    }
    struct fs_job *job = fs_job_of(request);
    if (job->slot_count == 0) {
        if (!fs_slots_take(count, job->slots, &request->waiter)) {
            *status = REQUEST_PARKED;
            return false;
        }
        job->slot_count = count;
    }
    *status = copy_paths(request, count, paths);
    if (request->progress != PATH_STAGE_READY)
        return false;

    struct fs_request *call = &job->call.request;
    struct file_object *directory = current_directory(request->space);
    memset(call, 0, sizeof *call);
    call->inode = directory != NULL ? directory->inode : 0;
    call->slot = job->slots[0];
    call->slot2 = count > 1 ? job->slots[1] : 0;
    return true;
}

void file_object_stat(const struct file_object *file, struct pager_stat *stat)
{
    memset(stat, 0, sizeof *stat);
    stat->size = file->size;
    stat->modified_seconds = file->modified_seconds;
    stat->inode = file->inode;
    stat->mode = file->mode;
    stat->links = file->links;
    stat->block_bytes = PAGE_SIZE;
}
