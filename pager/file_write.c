/*
 * write: from the caller's pages straight to page-cache pages, which become dirty.
 *
 *      position --> writer --> space on the disk --> bytes, page by page
 *      (of the open file) (of the file) (FS_RESERVE)
 *
 * Disk space is reserved before a byte is taken, so that writing back later cannot fail for
 * lack of it: ENOSPC is told to the program that asks. The file remembers the range of pages
 * known to have space, so that most writes need no call to the fs-server.
 */
#include "address_space.h"
#include "console.h"
#include "dispatch.h"
#include "file_call.h"
#include "fs_job.h"
#include "memory.h"
#include "services.h"
#include "shutdown.h"

#include <quire/errno.h>
#include <string.h>

/* What one call asks for at once: a length that its memory does not have may not empty the disk. */
#define RESERVE_PAGES_MAX 1024u

static uint64_t minimum(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static enum request_status write_end(struct request *request, struct open_file *open)
{
    if (open->position_user == request)
        open->position = request->CALL_OFFSET + request->progress;
    request->value[0] = request->progress;
    return call_end(request, 0);
}

/* An error after some bytes is told to the next call. */
static enum request_status write_fail(struct request *request, struct open_file *open,
                                      int32_t error)
{
    return request->progress > 0 ? write_end(request, open) : call_end(request, error);
}

/* ---------------------------------------------------------------- disk space */

static void note_reserved(struct file_object *file, uint64_t first, uint64_t end)
{
    bool meets =
        file->reserved_end != 0 && first <= file->reserved_end && end >= file->reserved_first;
    if (meets) {
        file->reserved_first = minimum(file->reserved_first, first);
        if (end > file->reserved_end)
            file->reserved_end = end;
    } else {
        file->reserved_first = first;
        file->reserved_end = end;
    }
}

/*
 * Space for the page `index` and, if there is as much, for the others up to `last`. 1: it has
 * space; 0: parked; else a negative errno.
 */
static int32_t reserve(struct request *request, struct file_object *file, uint64_t index,
                       uint64_t last)
{
    struct fs_job *job = fs_job_of(request);
    uint64_t count = minimum(last - index + 1, RESERVE_PAGES_MAX);
    if (job != NULL) {
        int32_t result = fs_job_result(job);
        uint64_t first = job->call.request.offset;
        uint64_t reserved = job->call.request.count;
        fs_job_end(request);
        if (result >= 0)
            note_reserved(file, first, first + reserved);
        else if (result != -ENOSPC || reserved == 1)
            return result;
        else
            count = 1; /* a nearly full disk: as much as fits */
    }
    if (index >= file->reserved_first && index < file->reserved_end)
        return 1;

    job = fs_job_begin(request);
    if (job == NULL)
        return -ENOMEM;
    job->call.request.inode = file->inode;
    job->call.request.offset = index;
    job->call.request.count = (uint32_t)count;
    fs_job_submit(request, FS_RESERVE);
    return 0;
}

/* ---------------------------------------------------------------- bytes */

enum piece { PIECE_MOVED, PIECE_PARKED, PIECE_BAD_POINTER, PIECE_ERROR };

static enum piece write_piece(struct request *request, struct file_object *file, uint64_t length)
{
    uint64_t offset = request->CALL_OFFSET + request->progress;
    uint64_t address = request->message.words[1] + request->progress;
    uint64_t in_file = offset % PAGE_SIZE, in_user = address % PAGE_SIZE;
    uint64_t bytes =
        minimum(minimum(PAGE_SIZE - in_file, PAGE_SIZE - in_user), length - request->progress);

    /* The user's page first: a page-cache page that is to be overwritten whole has no contents
       yet, and must not be left so while this call waits. */
    struct page *user_page;
    switch (user_page_pin(request, request->space, address, false, 0, &user_page)) {
    case COPY_PARKED: return PIECE_PARKED;
    case COPY_FAULT: return PIECE_BAD_POINTER;
    case COPY_DONE: break;
    }
    int32_t status;
    struct page *page = file_page_get(file, offset / PAGE_SIZE, request->space->group, true, true,
                                      bytes == PAGE_SIZE, 0, &request->waiter, &status);
    if (page != NULL) {
        if (offset + bytes > file->size)
            file_grow(file, offset + bytes);
        memmove((uint8_t *)page_contents(page) + in_file,
                (const uint8_t *)page_contents(user_page) + in_user, bytes);
        file_page_dirty(page);
        page_unpin(page);
        request->progress += bytes;
    }
    page_unpin(user_page);
    if (page != NULL)
        return PIECE_MOVED;
    request->result = status;
    return status == 0 ? PIECE_PARKED : PIECE_ERROR;
}

static enum request_status write_file(struct request *request, struct open_file *open)
{
    struct file_object *file = open->file;
    uint64_t length = request->message.words[2];
    uint64_t last = (request->CALL_OFFSET + length - 1) / PAGE_SIZE;
    for (uint32_t pages = 0; request->progress < length; pages++) {
        if (pages == CALL_PIECE_PAGES) {
            event_loop_yield(&request->waiter);
            return REQUEST_PARKED;
        }
        uint64_t index = (request->CALL_OFFSET + request->progress) / PAGE_SIZE;
        int32_t reserved = reserve(request, file, index, last);
        if (reserved == 0)
            return REQUEST_PARKED;
        if (reserved < 0)
            return write_fail(request, open, reserved);
        switch (write_piece(request, file, length)) {
        case PIECE_MOVED: break;
        case PIECE_PARKED: return REQUEST_PARKED;
        case PIECE_BAD_POINTER: {
            uint64_t address = request->message.words[1] + request->progress;
            call_end(request, 0);
            return user_fault_result(request, address);
        }
        case PIECE_ERROR: return write_fail(request, open, request->result);
        }
    }
    return write_end(request, open);
}

/* Where the call writes, decided once, with the position and the file its own. */
static int32_t choose_offset(struct request *request, struct open_file *open)
{
    uint64_t given = request->message.words[3], end;
    uint64_t offset = given == IO_AT_POSITION ? open->position : given;
    if (given == IO_AT_POSITION && (open->flags & OPEN_APPEND))
        offset = open->file->size;
    if (__builtin_add_overflow(offset, request->message.words[2], &end) || end > INT64_MAX)
        return -EFBIG;
    request->CALL_OFFSET = offset;
    return 0;
}

/* 0, a negative errno, or 1: the call is over with 0 bytes. */
static int32_t check_write(const struct request *request, const struct open_file *open)
{
    if (!open_file_writes(open))
        return -EBADF;
    if (open->kind == OPEN_KIND_DIRECTORY)
        return -EISDIR;
    if (open->file->executing != 0)
        return TAG_LABEL(request->message.tag) & PAGER_STRICT_POINTERS ? 1 : -ETXTBSY;
    if (system_is_shut_down())
        return -EROFS;
    return request->message.words[2] == 0;
}

enum request_status file_write_step(struct request *request)
{
    struct open_file *open = descriptor_find(request->space, request->message.words[0]);
    if (call_is_console(request,
                        open != NULL && open->kind == OPEN_KIND_CONSOLE && open_file_writes(open)))
        return console_write(request, request->message.words[1], request->message.words[2]);

    bool first_run = request->CALL_OPEN_FILE == 0;
    open = call_begin(request);
    if (open == NULL)
        return REQUEST_DONE;
    if (first_run) {
        int32_t check = check_write(request, open);
        if (check != 0)
            return call_end(request, check < 0 ? check : 0);
    }
    if (request->message.words[3] == IO_AT_POSITION && !open_file_position_take(open, request))
        return REQUEST_PARKED;
    bool was_writer = open->file->writer == request;
    if (!call_take_writer(request, open->file))
        return REQUEST_PARKED;
    if (!was_writer) {
        int32_t error = choose_offset(request, open);
        if (error < 0)
            return call_end(request, error);
    }
    return write_file(request, open);
}
