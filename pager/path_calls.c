/*
 * Calls on paths: each is one call to the fs-server, then a look at what the page cache must
 * know of it.
 */
#include "address_space.h"
#include "descriptor.h"
#include "dispatch.h"
#include "file_object.h"
#include "fs_job.h"

#include <quire/errno.h>

#define STAT_NO_FOLLOW 1u

enum { STAGE_CALLED = PATH_STAGE_READY + 1, STAGE_RETURNED, STAGE_READ_LINK };

static struct path_argument argument(const struct request *request, unsigned word)
{
    return (struct path_argument){request->message.words[word], request->message.words[word + 1]};
}

/*
 * True: the fs-server has answered, look at fs_job_result(). False: *status is the step's.
 * The caller has filled the request's special fields when progress is PATH_STAGE_READY.
 */
static bool called(struct request *request, uint32_t number, enum request_status *status)
{
    if (request->progress != PATH_STAGE_READY)
        return true;
    request->progress = STAGE_CALLED;
    *status = fs_job_submit(request, number);
    return false;
}

static struct fs_request *call_of(const struct request *request)
{
    return &fs_job_of(request)->call.request;
}

/* ---------------------------------------------------------------- making names */

static enum request_status create(struct request *request, uint32_t mode, uint64_t size)
{
    const struct path_argument path = argument(request, 0);
    enum request_status status;
    if (size > INT64_MAX)
        return request_done(request, -EFBIG);
    if (!path_arguments(request, 1, &path, &status))
        return status;
    call_of(request)->mode = mode;
    call_of(request)->size = size;
    if (!called(request, FS_CREATE, &status))
        return status;
    /* The end gives the reference on the new inode back. */
    int32_t result = fs_job_result(fs_job_of(request));
    return fs_job_done(request, result < 0 ? result : 0);
}

enum request_status path_create_step(struct request *request)
{
    uint32_t mode = (uint32_t)request->message.words[3] & MODE_PERMISSIONS;
    return create(request, MODE_REGULAR | mode, request->message.words[2]);
}

enum request_status path_make_directory_step(struct request *request)
{
    uint32_t mode = (uint32_t)request->message.words[2] & MODE_PERMISSIONS;
    return create(request, MODE_DIRECTORY | mode, 0);
}

enum request_status path_symlink_step(struct request *request)
{
    /* The fs-server wants the new path first. */
    const struct path_argument paths[2] = {argument(request, 2), argument(request, 0)};
    enum request_status status;
    if (!path_arguments(request, 2, paths, &status) || !called(request, FS_SYMLINK, &status))
        return status;
    int32_t result = fs_job_result(fs_job_of(request));
    return fs_job_done(request, result < 0 ? result : 0);
}

/* ---------------------------------------------------------------- names that go */

/* The completion names an inode that has lost or gained a name. */
static enum request_status names_changed(struct request *request)
{
    const struct fs_completion *completion = &fs_job_of(request)->call.completion;
    if (completion->result >= 0 && completion->inode != 0)
        file_object_links_changed(completion->inode, completion->links);
    return fs_job_done(request, completion->result < 0 ? completion->result : 0);
}

enum request_status path_unlink_step(struct request *request)
{
    const struct path_argument path = argument(request, 0);
    enum request_status status;
    if (!path_arguments(request, 1, &path, &status) || !called(request, FS_UNLINK, &status))
        return status;
    return names_changed(request);
}

enum request_status path_remove_directory_step(struct request *request)
{
    const struct path_argument path = argument(request, 0);
    enum request_status status;
    if (!path_arguments(request, 1, &path, &status) || !called(request, FS_RMDIR, &status))
        return status;
    return names_changed(request);
}

enum request_status path_rename_step(struct request *request)
{
    const struct path_argument paths[2] = {argument(request, 0), argument(request, 2)};
    enum request_status status;
    if (!path_arguments(request, 2, paths, &status) || !called(request, FS_RENAME, &status))
        return status;
    return names_changed(request);
}

/* Two calls: the old path gives the inode, the new one is made for it. */
enum request_status path_link_step(struct request *request)
{
    const struct path_argument paths[2] = {argument(request, 0), argument(request, 2)};
    enum request_status status;
    if (!path_arguments(request, 2, paths, &status))
        return status;
    struct fs_job *job = fs_job_of(request);
    switch (request->progress) {
    case PATH_STAGE_READY:
        /* A symbolic link gets the second name itself (POSIX leaves it open; Linux does so). */
        call_of(request)->flags = FS_NO_FOLLOW;
        called(request, FS_LOOKUP, &status);
        return status;
    case STAGE_CALLED:
        if (fs_job_result(job) < 0)
            return fs_job_done(request, fs_job_result(job));
        if (fs_job_take_file(job) == NULL)
            return fs_job_done(request, -ENOMEM);
        call_of(request)->offset = call_of(request)->inode; /* the directory that both start at */
        call_of(request)->inode = job->file->inode;
        call_of(request)->slot = job->slots[1];
        call_of(request)->flags = 0;
        request->progress = STAGE_RETURNED;
        return fs_job_submit(request, FS_LINK);
    default: return names_changed(request);
    }
}

/* ---------------------------------------------------------------- looking */

/* Looks the path up. True: job->file is the file. */
static bool looked_up(struct request *request, uint32_t flags, enum request_status *status)
{
    const struct path_argument path = argument(request, 0);
    if (!path_arguments(request, 1, &path, status))
        return false;
    call_of(request)->flags = flags;
    if (!called(request, FS_LOOKUP, status))
        return false;
    struct fs_job *job = fs_job_of(request);
    if (job->file != NULL)
        return true;
    int32_t result = fs_job_result(job);
    if (result >= 0 && fs_job_take_file(job) == NULL)
        result = -ENOMEM;
    if (result >= 0)
        return true;
    *status = fs_job_done(request, result);
    return false;
}

/* Copies out and ends the call; scratch[1] counts the bytes. */
static enum request_status copy_and_end(struct request *request, uint64_t to, const void *from,
                                        uint64_t length)
{
    switch (user_copy_out(request, request->space, to, from, length, request->message.words[5],
                          &request->scratch[1])) {
    case COPY_PARKED: return REQUEST_PARKED;
    case COPY_FAULT: fs_job_end(request); return user_fault_result(request, to);
    default: return fs_job_done(request, 0);
    }
}

enum request_status path_stat_step(struct request *request)
{
    enum request_status status;
    uint32_t flags = request->message.words[3] & STAT_NO_FOLLOW ? FS_NO_FOLLOW : 0;
    if (!looked_up(request, flags, &status))
        return status;
    struct pager_stat stat;
    file_object_stat(fs_job_of(request)->file, &stat);
    return copy_and_end(request, request->message.words[2], &stat, sizeof stat);
}

enum request_status path_readlink_step(struct request *request)
{
    enum request_status status;
    struct fs_job *job = fs_job_of(request);
    if (request->progress != STAGE_READ_LINK) {
        if (!looked_up(request, FS_NO_FOLLOW, &status))
            return status;
        job = fs_job_of(request);
        if (!mode_is(job->file->mode, MODE_SYMBOLIC_LINK))
            return fs_job_done(request, -EINVAL);
        /* The target replaces the path in the slot. */
        call_of(request)->inode = job->file->inode;
        request->progress = STAGE_READ_LINK;
        return fs_job_submit(request, FS_READLINK);
    }
    int32_t result = fs_job_result(job);
    if (result < 0 || (uint32_t)result > FS_NAME_SLOT_BYTES)
        return fs_job_done(request, result < 0 ? result : -EIO);
    uint64_t capacity = request->message.words[3];
    uint64_t length = (uint32_t)result < capacity ? (uint32_t)result : capacity;
    request->value[0] = length;
    return copy_and_end(request, request->message.words[2], fs_slot_memory(job->slots[0]), length);
}

enum request_status path_change_directory_step(struct request *request)
{
    enum request_status status;
    if (!looked_up(request, 0, &status))
        return status;
    struct fs_job *job = fs_job_of(request);
    if (!mode_is(job->file->mode, MODE_DIRECTORY))
        return fs_job_done(request, -ENOTDIR);
    current_directory_set(request->space, job->file);
    job->file = NULL;
    return fs_job_done(request, 0);
}

/* init's: another space's directory. Word 0 is the space, the path comes behind it. */
enum request_status process_set_directory_step(struct request *request)
{
    const struct path_argument path = argument(request, 1);
    enum request_status status;
    if (!path_arguments(request, 1, &path, &status) || !called(request, FS_LOOKUP, &status))
        return status;
    struct fs_job *job = fs_job_of(request);
    struct address_space *space = address_space_by_id((uint32_t)request->message.words[0]);
    int32_t result = fs_job_result(job);
    if (result >= 0 && space == NULL)
        result = -ESRCH;
    if (result >= 0 && fs_job_take_file(job) == NULL)
        result = -ENOMEM;
    if (result >= 0 && !mode_is(job->file->mode, MODE_DIRECTORY))
        result = -ENOTDIR;
    if (result < 0)
        return fs_job_done(request, result);
    current_directory_set(space, job->file);
    job->file = NULL;
    return fs_job_done(request, 0);
}
