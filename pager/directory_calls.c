/*
 * Reading directories, and the path of the current one.
 *
 * The current directory is an inode, not a text: renaming a directory above it does no harm.
 * Its path is found as getcwd always did, from below:
 *
 *      inode --LOOKUP ".."--> parent --READ_DIRECTORY--> the name of the inode in it
 *        ^                       |
 *        +-----------------------+   until a directory is its own parent: the root
 */
#include "address_space.h"
#include "dispatch.h"
#include "file_call.h"
#include "file_object.h"
#include "fs_job.h"
#include "memory.h"

#include <quire/errno.h>
#include <string.h>

/* ---------------------------------------------------------------- PAGER_READ_DIRECTORY */

/* scratch[0]: bytes copied out; scratch[1]: the cookie to go on with; scratch[2]: bytes in all. */
enum request_status file_read_directory_step(struct request *request)
{
    enum { BEGIN, READING, COPYING };
    struct open_file *open = call_begin(request);
    if (open == NULL)
        return REQUEST_DONE;
    if (open->kind != OPEN_KIND_DIRECTORY)
        return call_end(request, -ENOTDIR);
    if (!open_file_position_take(open, request))
        return REQUEST_PARKED;
    if (request->data == NULL && fs_job_begin(request) == NULL)
        return call_end(request, -ENOMEM);
    struct fs_job *job = fs_job_of(request);

    if (request->progress == BEGIN) {
        if (job->slot_count == 0 && !fs_slots_take(1, job->slots, &request->waiter))
            return REQUEST_PARKED;
        job->slot_count = 1;
        uint64_t capacity = request->message.words[2];
        struct fs_request *call = &job->call.request;
        call->inode = open->file->inode;
        call->offset = open->position;
        call->slot = job->slots[0];
        call->count = capacity < FS_NAME_SLOT_BYTES ? (uint32_t)capacity : FS_NAME_SLOT_BYTES;
        if (call->count == 0)
            return call_end(request, -EINVAL);
        request->progress = READING;
        return fs_job_submit(request, FS_READ_DIRECTORY);
    }
    if (request->progress == READING) {
        int32_t result = fs_job_result(job);
        if (result < 0 || (uint32_t)result > job->call.request.count)
            return call_end(request, result < 0 ? result : -EIO);
        request->scratch[1] = job->call.completion.value;
        request->scratch[2] = (uint32_t)result;
        request->progress = COPYING;
    }
    uint64_t buffer = request->message.words[1];
    switch (user_copy_out(request, request->space, buffer, fs_slot_memory(job->slots[0]),
                          request->scratch[2], request->message.words[5], &request->scratch[0])) {
    case COPY_PARKED: return REQUEST_PARKED;
    case COPY_FAULT: call_end(request, 0); return user_fault_result(request, buffer);
    default:
        open->position = request->scratch[1];
        request->value[0] = request->scratch[2];
        return call_end(request, 0);
    }
}

/* ---------------------------------------------------------------- PAGER_GETCWD */

/* In scratch of the request: */
#define CLIMB_FRAME scratch[0]  /* physical address of the frame that holds the path; 0: none */
#define CLIMB_COPIED scratch[1] /* bytes copied out */
#define CLIMB_INODE scratch[2]  /* the directory whose name is wanted; job->file holds it */
#define CLIMB_START scratch[3]  /* where the path begins in the frame: names are put before it */

static char *climb_path(const struct request *request)
{
    return window(request->CLIMB_FRAME);
}

static void climb_release(struct request *request)
{
    if (request->CLIMB_FRAME != 0)
        frames_free_wired(request->CLIMB_FRAME, 1);
    request->CLIMB_FRAME = 0;
    if (request->data != NULL)
        fs_job_end(request);
    request->abandon = NULL;
}

static enum request_status climb_end(struct request *request, int32_t result)
{
    climb_release(request);
    return request_done(request, result);
}

enum { CLIMB_BEGIN, CLIMB_PARENT, CLIMB_NAME, CLIMB_COPY };

static enum request_status look_up_parent(struct request *request)
{
    struct fs_job *job = fs_job_of(request);
    strlcpy(fs_slot_memory(job->slots[0]), "..", FS_NAME_SLOT_BYTES);
    job->call.request.inode = (uint32_t)request->CLIMB_INODE;
    job->call.request.flags = 0;
    request->progress = CLIMB_PARENT;
    return fs_job_submit(request, FS_LOOKUP);
}

static enum request_status read_parent(struct request *request, uint64_t cookie)
{
    struct fs_job *job = fs_job_of(request);
    job->call.request.inode = job->file->inode;
    job->call.request.offset = cookie;
    job->call.request.count = 0;
    request->progress = CLIMB_NAME;
    return fs_job_submit(request, FS_READ_DIRECTORY);
}

/* The parent is known. */
static enum request_status after_parent(struct request *request)
{
    struct fs_job *job = fs_job_of(request);
    struct file_object *below = job->file;
    int32_t result = fs_job_result(job);
    if (result < 0)
        return climb_end(request, result);
    if (fs_job_take_file(job) == NULL)
        result = -ENOMEM;
    if (below != NULL)
        file_object_drop(below);
    if (result < 0)
        return climb_end(request, result);
    if (job->file->inode != request->CLIMB_INODE)
        return read_parent(request, 0);
    if (climb_path(request)[request->CLIMB_START] == '\0')
        climb_path(request)[--request->CLIMB_START] = '/';
    request->progress = CLIMB_COPY;
    return REQUEST_DONE;
}

/* Puts "/name" before the path. */
static bool prepend(struct request *request, const char *name, uint32_t length)
{
    if (request->CLIMB_START < length + 1)
        return false;
    request->CLIMB_START -= length;
    memcpy(climb_path(request) + request->CLIMB_START, name, length);
    climb_path(request)[--request->CLIMB_START] = '/';
    return true;
}

/* Entries of the parent are in the slot. */
static enum request_status after_names(struct request *request)
{
    struct fs_job *job = fs_job_of(request);
    int32_t result = fs_job_result(job);
    if (result <= 0) /* at the end without finding it: removed */
        return climb_end(request, result < 0 ? result : -ENOENT);
    const char *slot = fs_slot_memory(job->slots[0]);
    for (uint32_t at = 0; at + sizeof(struct fs_directory_entry) <= (uint32_t)result;) {
        struct fs_directory_entry entry;
        memcpy(&entry, slot + at, sizeof entry);
        const char *name = slot + at + sizeof entry;
        if (entry.record_bytes < sizeof entry + entry.name_bytes ||
            at + entry.record_bytes > FS_NAME_SLOT_BYTES)
            return climb_end(request, -EIO);
        bool dots = entry.name_bytes <= 2 && memcmp(name, "..", entry.name_bytes) == 0;
        if (entry.inode == request->CLIMB_INODE && !dots) {
            if (!prepend(request, name, entry.name_bytes))
                return climb_end(request, -ENAMETOOLONG);
            request->CLIMB_INODE = job->file->inode;
            return look_up_parent(request);
        }
        at += entry.record_bytes;
    }
    return read_parent(request, job->call.completion.value);
}

static enum request_status copy_path(struct request *request)
{
    uint64_t length = PAGE_SIZE - request->CLIMB_START; /* with its NUL */
    if (length > request->message.words[1])
        return climb_end(request, -ERANGE);
    switch (user_copy_out(request, request->space, request->message.words[0],
                          climb_path(request) + request->CLIMB_START, length,
                          request->message.words[5], &request->CLIMB_COPIED)) {
    case COPY_PARKED: return REQUEST_PARKED;
    case COPY_FAULT:
        climb_release(request);
        return user_fault_result(request, request->message.words[0]);
    default: request->value[0] = length - 1; return climb_end(request, 0);
    }
}

static enum request_status climb_begin(struct request *request)
{
    struct file_object *directory = current_directory(request->space);
    if (request->CLIMB_FRAME == 0) {
        request->CLIMB_FRAME = frames_allocate_wired(1, PAGE_SIZE);
        if (request->CLIMB_FRAME == 0)
            return request_done(request, -ENOMEM);
        request->abandon = climb_release;
        request->CLIMB_START = PAGE_SIZE - 1;
        request->CLIMB_INODE = directory != NULL ? directory->inode : FS_ROOT_INODE;
        if (fs_job_begin(request) == NULL)
            return climb_end(request, -ENOMEM);
    }
    struct fs_job *job = fs_job_of(request);
    if (job->slot_count == 0 && !fs_slots_take(1, job->slots, &request->waiter))
        return REQUEST_PARKED;
    job->slot_count = 1;
    job->call.request.slot = job->slots[0];
    if (directory != NULL && job->file == NULL) {
        file_object_hold(directory);
        job->file = directory;
    }
    return look_up_parent(request);
}

enum request_status current_directory_step(struct request *request)
{
    enum request_status status = REQUEST_PARKED;
    switch (request->progress) {
    case CLIMB_BEGIN: return climb_begin(request);
    case CLIMB_PARENT: status = after_parent(request); break;
    case CLIMB_NAME: status = after_names(request); break;
    default: break;
    }
    return request->progress == CLIMB_COPY ? copy_path(request) : status;
}
