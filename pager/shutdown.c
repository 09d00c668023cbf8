/*
 * Shutdown, and emptying the page cache on request: everything dirty goes to the disk, then
 * the fs-server marks the file system clean. Files can be read afterwards, not changed.
 */
#include "shutdown.h"
#include "address_space.h"
#include "dispatch.h"
#include "file_object.h"
#include "fs_job.h"
#include "memory.h"

#include <quire/errno.h>

static bool shut_down;

bool system_is_shut_down(void)
{
    return shut_down;
}

enum request_status shutdown_step(struct request *request)
{
    enum { WRITE_BACK, MARK_CLEAN, FINISHED };
    switch (request->progress) {
    case WRITE_BACK:
        shut_down = true;
        request->progress = MARK_CLEAN;
        writeback_file(NULL, 0, UINT64_MAX, &request->waiter);
        return REQUEST_PARKED;
    case MARK_CLEAN:
        if (request->waiter.result < 0)
            return request_done(request, request->waiter.result);
        if (fs_job_begin(request) == NULL)
            return request_done(request, -ENOMEM);
        request->progress = FINISHED;
        return fs_job_submit(request, FS_SHUTDOWN);
    default: return fs_job_done(request, fs_job_result(fs_job_of(request)));
    }
}

enum request_status drop_cache_step(struct request *request)
{
    enum { WRITE_BACK, DROP, FINISHED };
    switch (request->progress) {
    case WRITE_BACK:
        request->progress = DROP;
        writeback_file(NULL, 0, UINT64_MAX, &request->waiter);
        return REQUEST_PARKED;
    case DROP:
        if (request->waiter.result < 0)
            return request_done(request, request->waiter.result);
        request->progress = FINISHED;
        file_cache_drop(&request->waiter);
        return REQUEST_PARKED;
    default: return request_done(request, 0);
    }
}

enum request_status power_off_step(struct request *request)
{
    power_off((int32_t)request->message.words[0]);
}
