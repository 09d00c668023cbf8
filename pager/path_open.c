/*
 * open: from a path to a descriptor.
 *
 *      path --> LOOKUP --found--------------------> file --> [truncate] --> descriptor
 *        |        | not there, OPEN_CREATE          ^
 *        |        v                                 |
 *        |      CREATE --exists: looks up again     |
 *        |        \---------------------------------+
 *        +--OPEN_CREATE|OPEN_EXCLUSIVE--> CREATE
 */
#include "address_space.h"
#include "descriptor.h"
#include "dispatch.h"
#include "file_call.h"
#include "file_object.h"
#include "fs_job.h"

#include <quire/errno.h>

/* Stages behind PATH_STAGE_READY. */
enum { OPEN_LOOKING_UP = PATH_STAGE_READY + 1, OPEN_CREATING, OPEN_FOUND };

/* Others may create and remove the name between our two calls; that often is no accident. */
#define CREATE_ATTEMPTS 8

static enum request_status submit_lookup(struct request *request, uint64_t flags)
{
    struct fs_request *call = &fs_job_of(request)->call.request;
    call->flags = flags & OPEN_NO_FOLLOW ? FS_NO_FOLLOW : 0;
    request->progress = OPEN_LOOKING_UP;
    return fs_job_submit(request, FS_LOOKUP);
}

static enum request_status submit_create(struct request *request)
{
    struct fs_request *call = &fs_job_of(request)->call.request;
    call->mode = MODE_REGULAR | ((uint32_t)request->message.words[3] & MODE_PERMISSIONS);
    call->size = 0;
    request->progress = OPEN_CREATING;
    return fs_job_submit(request, FS_CREATE);
}

/* What the flags say to the file found. */
static int32_t check_type(const struct file_object *file, uint64_t flags)
{
    bool writes = (flags & OPEN_ACCESS_MASK) != OPEN_READ;
    if (mode_is(file->mode, MODE_SYMBOLIC_LINK))
        return -ELOOP;
    if (mode_is(file->mode, MODE_DIRECTORY))
        return writes || flags & OPEN_TRUNCATE ? -EISDIR : 0;
    if (flags & OPEN_DIRECTORY)
        return -ENOTDIR;
    if (!mode_is(file->mode, MODE_REGULAR))
        return -ENXIO; /* a device node or a pipe: nothing here serves it */
    if (flags & OPEN_TRUNCATE && writes && file->executing != 0)
        return -ETXTBSY;
    return 0;
}

/* 1: done or nothing to do, 0: parked, negative errno. */
static int32_t truncate_if_asked(struct request *request, struct file_object *file, uint64_t flags)
{
    if (!(flags & OPEN_TRUNCATE) || (flags & OPEN_ACCESS_MASK) == OPEN_READ || file->size == 0)
        return 1;
    if (!call_take_writer(request, file))
        return 0;
    file->reserved_first = file->reserved_end = 0;
    return file_set_size(file, 0, request);
}

static void give_writer_back(struct request *request, struct file_object *file)
{
    if (file->writer != request)
        return;
    file->writer = NULL;
    if (file->writers.first != NULL)
        wait_queue_wake(&file->writers, 0);
}

static void open_abandon(struct request *request)
{
    struct fs_job *job = fs_job_of(request);
    if (job != NULL && job->file != NULL)
        give_writer_back(request, job->file);
    fs_job_end(request);
    request->abandon = NULL;
}

static enum request_status open_fail(struct request *request, int32_t error)
{
    open_abandon(request);
    return request_done(request, error);
}

/* The file stands in job->file. */
static enum request_status finish_open(struct request *request, uint64_t flags)
{
    struct fs_job *job = fs_job_of(request);
    struct file_object *file = job->file;
    int32_t error = check_type(file, flags);
    if (error < 0)
        return open_fail(request, error);
    int32_t truncated = truncate_if_asked(request, file, flags);
    if (truncated == 0)
        return REQUEST_PARKED;
    give_writer_back(request, file);
    if (truncated < 0)
        return open_fail(request, truncated);

    enum open_kind kind =
        mode_is(file->mode, MODE_DIRECTORY) ? OPEN_KIND_DIRECTORY : OPEN_KIND_FILE;
    struct open_file *open =
        open_file_create(kind, file, (uint32_t)flags & (OPEN_ACCESS_MASK | OPEN_APPEND));
    if (open == NULL)
        return open_fail(request, -ENOMEM);
    job->file = NULL; /* the open file has the reference */
    int32_t descriptor =
        descriptor_install(request->space, open, 0, (flags & OPEN_CLOSE_ON_EXEC) != 0);
    if (descriptor < 0)
        open_file_drop(open);
    return open_fail(request, descriptor);
}

static enum request_status after_lookup(struct request *request, uint64_t flags)
{
    int32_t result = fs_job_result(fs_job_of(request));
    if (result == -ENOENT && flags & OPEN_CREATE && request->scratch[4]++ < CREATE_ATTEMPTS)
        return submit_create(request);
    if (result < 0)
        return open_fail(request, result);
    request->progress = OPEN_FOUND;
    return REQUEST_DONE;
}

static enum request_status after_create(struct request *request, uint64_t flags)
{
    int32_t result = fs_job_result(fs_job_of(request));
    if (result == -EEXIST && !(flags & OPEN_EXCLUSIVE))
        return submit_lookup(request, flags);
    if (result < 0)
        return open_fail(request, result);
    request->progress = OPEN_FOUND;
    return REQUEST_DONE;
}

/* init opens what a process names: the path starts at that process's directory. */
static int32_t start_at_directory_of(struct request *request, uint64_t id)
{
    struct address_space *space = id > UINT32_MAX ? NULL : address_space_by_id((uint32_t)id);
    if (space == NULL)
        return -ESRCH;
    struct file_object *directory = current_directory(space);
    fs_job_of(request)->call.request.inode = directory != NULL ? directory->inode : 0;
    return 0;
}

enum request_status path_open_step(struct request *request)
{
    uint64_t flags = request->message.words[2];
    const struct path_argument path = {request->message.words[0], request->message.words[1]};
    enum request_status status;
    if ((flags & OPEN_ACCESS_MASK) == OPEN_ACCESS_MASK)
        return request_done(request, -EINVAL);
    if (!path_arguments(request, 1, &path, &status))
        return status;

    switch (request->progress) {
    case PATH_STAGE_READY:
        request->abandon = open_abandon;
        if (request->space->is_init && request->message.words[4] != 0) {
            int32_t error = start_at_directory_of(request, request->message.words[4]);
            if (error < 0)
                return open_fail(request, error);
        }
        return flags & OPEN_CREATE && flags & OPEN_EXCLUSIVE ? submit_create(request)
                                                             : submit_lookup(request, flags);
    case OPEN_LOOKING_UP: status = after_lookup(request, flags); break;
    case OPEN_CREATING: status = after_create(request, flags); break;
    default: break;
    }
    if (request->progress != OPEN_FOUND)
        return status;
    if (fs_job_of(request)->file == NULL && fs_job_take_file(fs_job_of(request)) == NULL)
        return open_fail(request, -ENOMEM);
    return finish_open(request, flags);
}
