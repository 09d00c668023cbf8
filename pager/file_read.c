/*
 * read: from page-cache pages straight to the caller's pages.
 *
 * Both pages are pinned only while bytes move between them: a read that must wait for one of
 * them lets go of the other, so no chain of waiting reads can pin a group's last frames.
 */
#include "address_space.h"
#include "console.h"
#include "dispatch.h"
#include "file_call.h"
#include "fs_job.h"
#include "memory.h"
#include "services.h"

#include <quire/errno.h>
#include <string.h>

static uint64_t minimum(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* The end of a read, whole or not: `progress` bytes were moved. */
static enum request_status read_end(struct request *request, struct open_file *open)
{
    if (open->position_user == request)
        open->position = request->CALL_OFFSET + request->progress;
    request->value[0] = request->progress;
    return call_end(request, 0);
}

enum piece { PIECE_MOVED, PIECE_PARKED, PIECE_END_OF_FILE, PIECE_BAD_POINTER, PIECE_ERROR };

/* Moves at most a page. PIECE_ERROR: request->result says which. */
static enum piece read_piece(struct request *request, struct file_object *file, uint64_t length)
{
    uint64_t offset = request->CALL_OFFSET + request->progress;
    uint64_t address = request->message.words[1] + request->progress;
    uint64_t size = file->size;
    if (offset >= size)
        return PIECE_END_OF_FILE;
    uint64_t in_file = offset % PAGE_SIZE, in_user = address % PAGE_SIZE;
    uint64_t bytes = minimum(minimum(PAGE_SIZE - in_file, PAGE_SIZE - in_user),
                             minimum(length - request->progress, size - offset));

    struct page *user_page;
    switch (user_page_pin(request, request->space, address, true, request->message.words[5],
                          &user_page)) {
    case COPY_PARKED: return PIECE_PARKED;
    case COPY_FAULT: return PIECE_BAD_POINTER;
    case COPY_DONE: break;
    }
    int32_t status;
    struct page *page = file_page_get(file, offset / PAGE_SIZE, request->space->group, false, false,
                                      false, 0, &request->waiter, &status);
    if (page != NULL) {
        memmove((uint8_t *)page_contents(user_page) + in_user,
                (const uint8_t *)page_contents(page) + in_file, bytes);
        page_unpin(page);
        request->progress += bytes;
    }
    page_unpin(user_page);
    if (page != NULL)
        return PIECE_MOVED;
    if (status == 0)
        return PIECE_PARKED;
    if (status == -ENXIO) /* the file was cut meanwhile */
        return PIECE_END_OF_FILE;
    request->result = status;
    return PIECE_ERROR;
}

static enum request_status read_file(struct request *request, struct open_file *open)
{
    uint64_t length = request->message.words[2];
    for (uint32_t pages = 0; request->progress < length; pages++) {
        if (pages == CALL_PIECE_PAGES) {
            event_loop_yield(&request->waiter);
            return REQUEST_PARKED;
        }
        switch (read_piece(request, open->file, length)) {
        case PIECE_MOVED: break;
        case PIECE_PARKED: return REQUEST_PARKED;
        case PIECE_END_OF_FILE: return read_end(request, open);
        case PIECE_BAD_POINTER: {
            uint64_t address = request->message.words[1] + request->progress;
            call_end(request, 0);
            return user_fault_result(request, address);
        }
        case PIECE_ERROR:
            /* What was read before the error is a success; the next call meets it first. */
            return request->progress > 0 ? read_end(request, open)
                                         : call_end(request, request->result);
        }
    }
    return read_end(request, open);
}

enum request_status file_read_step(struct request *request)
{
    struct open_file *open = descriptor_find(request->space, request->message.words[0]);
    if (call_is_console(request,
                        open != NULL && open->kind == OPEN_KIND_CONSOLE && open_file_reads(open)))
        return console_read(request, request->message.words[1], request->message.words[2],
                            request->message.words[5]);

    open = call_begin(request);
    if (open == NULL)
        return REQUEST_DONE;
    if (!open_file_reads(open))
        return call_end(request, -EBADF);
    if (open->kind == OPEN_KIND_DIRECTORY)
        return call_end(request, -EISDIR);
    bool at_position = request->message.words[3] == IO_AT_POSITION;
    if (at_position && !open_file_position_take(open, request))
        return REQUEST_PARKED;
    request->CALL_OFFSET = at_position ? open->position : request->message.words[3];
    if (request->CALL_OFFSET > INT64_MAX)
        return call_end(request, -EINVAL);
    return read_file(request, open);
}
