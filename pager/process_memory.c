/*
 * init's calls about the memory of a process: loading segments, the stack, and copying between
 * init's own memory, which is wired, and the process's, which is paged in as it would itself.
 */
#include "address_space.h"
#include "descriptor.h"
#include "dispatch.h"
#include "file_object.h"
#include "memory.h"
#include "services.h"

#include <quire/errno.h>

static struct address_space *find_program(uint64_t id)
{
    struct address_space *space = id <= UINT32_MAX ? address_space_by_id((uint32_t)id) : NULL;
    return space != NULL && !space->wired ? space : NULL;
}

enum request_status process_map_segment_step(struct request *request)
{
    const uint64_t *words = request->message.words;
    struct address_space *space = find_program(words[0]);
    if (space == NULL)
        return request_done(request, -ESRCH);
    uint32_t protection = (uint32_t)words[3];
    int32_t descriptor = (int32_t)(words[3] >> 32);
    struct file_object *file = NULL;
    int32_t error = 0;
    if (words[5] != 0) {
        file = descriptor_file(request->space, descriptor, false, &error);
        if (file == NULL)
            return request_done(request, error);
    }
    error = region_map_segment(space, words[1], words[2], protection, file, words[4], words[5]);
    if (file != NULL)
        file_object_drop(file); /* the region holds it by itself */
    return request_done(request, error);
}

enum request_status process_map_stack_step(struct request *request)
{
    const uint64_t *words = request->message.words;
    struct address_space *space = find_program(words[0]);
    if (space == NULL)
        return request_done(request, -ESRCH);
    return request_done(request, region_map_stack(space, words[1], words[2]));
}

/* progress counts the bytes; each run of the loop moves what lies in one page of the process. */
static enum request_status copy(struct request *request, bool to_process)
{
    const uint64_t *words = request->message.words;
    struct address_space *space = find_program(words[0]);
    uint64_t length = words[3];
    if (space == NULL)
        return request_done(request, -ESRCH);
    for (uint32_t pages = 0; request->progress < length; pages++) {
        if (pages == 64) {
            event_loop_yield(&request->waiter);
            return REQUEST_PARKED;
        }
        uint64_t there = words[1] + request->progress, here = words[2] + request->progress;
        uint64_t in_page = there % PAGE_SIZE;
        uint64_t bytes = PAGE_SIZE - in_page;
        if (bytes > length - request->progress)
            bytes = length - request->progress;

        struct page *page;
        /* The stack of a new process lies below its stack pointer: any depth is right. */
        enum copy_status status = user_page_pin(request, space, there, to_process, there, &page);
        if (status == COPY_PARKED)
            return REQUEST_PARKED;
        if (status == COPY_FAULT)
            return request_done(request, -EFAULT);
        uint8_t *contents = (uint8_t *)page_contents(page) + in_page;
        uint64_t progress = 0;
        if (to_process)
            status = user_copy_in(request, request->space, here, contents, bytes, &progress);
        else
            status = user_copy_out(request, request->space, here, contents, bytes, 0, &progress);
        page_unpin(page);
        /* init is wired: it never parks, and a bad address is its own mistake. */
        if (status != COPY_DONE)
            return request_done(request, -EFAULT);
        request->progress += bytes;
    }
    return request_done(request, 0);
}

enum request_status process_read_step(struct request *request)
{
    return copy(request, false);
}

enum request_status process_write_step(struct request *request)
{
    return copy(request, true);
}
