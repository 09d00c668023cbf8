/*
 * Calls on descriptors: beginning, end, and the small ones.
 */
#include "file_call.h"
#include "address_space.h"
#include "dispatch.h"
#include "fs_job.h"
#include "memory.h"
#include "services.h"
#include "shutdown.h"

#include <quire/errno.h>
#include <string.h>

#define SEEK_FROM_START 0
#define SEEK_FROM_POSITION 1
#define SEEK_FROM_END 2
#define LOWEST_FREE UINT64_MAX

static void call_release(struct request *request)
{
    struct open_file *open = call_open_file(request);
    if (open == NULL)
        return;
    if (request->data != NULL)
        fs_job_end(request);
    open_file_position_release(open, request);
    struct file_object *file = open->file;
    if (file != NULL && file->writer == request) {
        file->writer = NULL;
        if (file->writers.first != NULL)
            wait_queue_wake(&file->writers, 0);
    }
    open_file_drop(open);
    request->CALL_OPEN_FILE = 0;
    request->abandon = NULL;
}

struct open_file *call_begin(struct request *request)
{
    if (request->CALL_OPEN_FILE != 0)
        return call_open_file(request);
    struct open_file *open = descriptor_find(request->space, request->message.words[0]);
    if (open == NULL) {
        request->result = -EBADF;
        return NULL;
    }
    open_file_hold(open);
    request->CALL_OPEN_FILE = (uintptr_t)open;
    request->abandon = call_release;
    return open;
}

enum request_status call_end(struct request *request, int32_t result)
{
    call_release(request);
    return request_done(request, result);
}

bool call_take_writer(struct request *request, struct file_object *file)
{
    if (file->writer == NULL)
        file->writer = request;
    if (file->writer == request)
        return true;
    wait_queue_add(&file->writers, &request->waiter);
    return false;
}

/* ---------------------------------------------------------------- close, dup, seek */

enum request_status file_close_step(struct request *request)
{
    struct open_file *open = descriptor_take(request->space, request->message.words[0]);
    return request_done(request, open != NULL ? open_file_drop(open) : -EBADF);
}

enum request_status file_duplicate_step(struct request *request)
{
    struct open_file *open = descriptor_find(request->space, request->message.words[0]);
    uint64_t wanted = request->message.words[1];
    if (open == NULL)
        return request_done(request, -EBADF);
    open_file_hold(open);
    int32_t result;
    if ((int64_t)wanted < 0) {
        result = descriptor_install(request->space, open, 0, false);
    } else {
        struct open_file *old = NULL;
        result = wanted > INT32_MAX
                     ? -EBADF
                     : descriptor_replace(request->space, (uint32_t)wanted, open, &old);
        if (old != NULL)
            open_file_drop(old);
    }
    if (result < 0)
        open_file_drop(open);
    return request_done(request, result);
}

static int32_t seek_target(const struct open_file *open, int64_t offset, uint64_t whence,
                           uint64_t *position)
{
    uint64_t base = 0;
    if (whence == SEEK_FROM_POSITION)
        base = open->position;
    else if (whence == SEEK_FROM_END)
        base = open->file->size;
    else if (whence != SEEK_FROM_START)
        return -EINVAL;
    int64_t target;
    if (__builtin_add_overflow((int64_t)base, offset, &target))
        return -EOVERFLOW;
    if (target < 0)
        return -EINVAL;
    *position = (uint64_t)target;
    return 0;
}

enum request_status file_seek_step(struct request *request)
{
    struct open_file *open = call_begin(request);
    if (open == NULL)
        return REQUEST_DONE;
    if (open->kind == OPEN_KIND_CONSOLE)
        return call_end(request, -ESPIPE);
    if (!open_file_position_take(open, request))
        return REQUEST_PARKED;
    int32_t result = seek_target(open, (int64_t)request->message.words[1],
                                 request->message.words[2], &open->position);
    request->value[0] = open->position;
    return call_end(request, result);
}

/* ---------------------------------------------------------------- stat */

enum request_status file_stat_step(struct request *request)
{
    struct open_file *open = call_begin(request);
    if (open == NULL)
        return REQUEST_DONE;
    struct pager_stat stat;
    if (open->file != NULL) {
        file_object_stat(open->file, &stat);
    } else {
        memset(&stat, 0, sizeof stat);
        stat.mode = MODE_CHARACTER_DEVICE | 0620;
        stat.links = 1;
        stat.block_bytes = PAGE_SIZE;
    }
    switch (user_copy_out(request, request->space, request->message.words[1], &stat, sizeof stat,
                          request->message.words[5], &request->progress)) {
    case COPY_PARKED: return REQUEST_PARKED;
    case COPY_FAULT:
        call_release(request);
        return user_fault_result(request, request->message.words[1]);
    default: return call_end(request, 0);
    }
}

/* ---------------------------------------------------------------- truncate, sync */

enum request_status file_truncate_step(struct request *request)
{
    struct open_file *open = call_begin(request);
    if (open == NULL)
        return REQUEST_DONE;
    uint64_t size = request->message.words[1];
    if (open->kind != OPEN_KIND_FILE || !open_file_writes(open) || size > INT64_MAX)
        return call_end(request, -EINVAL);
    struct file_object *file = open->file;
    if (file->executing != 0)
        return call_end(request, -ETXTBSY);
    if (system_is_shut_down())
        return call_end(request, -EROFS);
    if (!call_take_writer(request, file))
        return REQUEST_PARKED;
    if (size < file->size)
        file->reserved_first = file->reserved_end = 0;
    int32_t status = file_set_size(file, size, request);
    if (status == 0)
        return REQUEST_PARKED;
    return call_end(request, status < 0 ? status : 0);
}

enum request_status file_sync_step(struct request *request)
{
    enum { WRITE_BACK, FLUSH, FINISHED };
    struct open_file *open = call_begin(request);
    if (open == NULL)
        return REQUEST_DONE;
    if (open->file == NULL)
        return call_end(request, -EINVAL);
    struct file_object *file = open->file;
    switch (request->progress) {
    case WRITE_BACK:
        request->progress = FLUSH;
        writeback_file(file, 0, UINT64_MAX, &request->waiter);
        return REQUEST_PARKED;
    case FLUSH:
        if (request->waiter.result < 0)
            return call_end(request, request->waiter.result);
        if (fs_job_begin(request) == NULL)
            return call_end(request, -ENOMEM);
        request->progress = FINISHED;
        fs_job_of(request)->call.request.inode = file->inode;
        return fs_job_submit(request, FS_SYNC);
    default: break;
    }
    int32_t result = fs_job_result(fs_job_of(request));
    if (file->write_error != 0) {
        result = file->write_error;
        file->write_error = 0;
    }
    return call_end(request, result < 0 ? result : 0);
}
