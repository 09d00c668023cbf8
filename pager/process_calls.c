/*
 * init's calls about processes: making, copying, emptying and destroying address spaces.
 */
#include "address_space.h"
#include "death.h"
#include "descriptor.h"
#include "dispatch.h"
#include "file_object.h"
#include "kernel_interface.h"
#include "memory.h"
#include "services.h"
#include "thread.h"

#include <quire/errno.h>

/* A space that init may name: a program's. */
static struct address_space *find_program(uint64_t id)
{
    struct address_space *space = id <= UINT32_MAX ? address_space_by_id((uint32_t)id) : NULL;
    return space != NULL && !space->wired ? space : NULL;
}

static void set_executable(struct address_space *space, struct file_object *file)
{
    if (space->executable != NULL) {
        space->executable->executing--;
        file_object_drop(space->executable);
    }
    space->executable = file;
    if (file != NULL) {
        file_object_hold(file);
        file->executing++;
    }
}

/* All that a space holds besides its memory, and the memory. requests is 0. */
static void destroy_space(struct address_space *space)
{
    death_forget(space);
    set_executable(space, NULL);
    descriptors_destroy(space);
    address_space_destroy(space);
}

/* init has handles of its own to the task and the thread of each process. */
static enum request_status reply_new_space(struct request *request, struct address_space *space)
{
    int64_t task = address_space_give_handle(request->space, space->task);
    int64_t thread = task < 0 ? task : address_space_give_handle(request->space, space->thread);
    if (thread < 0) {
        if (task >= 0)
            sys_handle_close_in(request->space->task, (uint32_t)task);
        destroy_space(space);
        return request_done(request, -ENOMEM);
    }
    request->value[0] = space->id;
    request->reply_handles[0] = (uint32_t)task;
    request->reply_handles[1] = (uint32_t)thread;
    return request_done(request, 0);
}

enum request_status process_create_step(struct request *request)
{
    uint64_t group_number = request->message.words[0], parent_id = request->message.words[1];
    struct group *group = group_number <= UINT32_MAX ? group_by_id((uint32_t)group_number) : NULL;
    struct address_space *parent = parent_id != 0 ? find_program(parent_id) : NULL;
    if (group == NULL || (parent_id != 0 && parent == NULL))
        return request_done(request, -ESRCH);
    int32_t error = 0;
    struct address_space *space = address_space_create(group, &error);
    if (space == NULL)
        return request_done(request, error);
    error = parent != NULL ? descriptors_fork(parent, space, 0) : descriptors_create(space);
    if (error == 0)
        error = region_map_statistics(space);
    if (error < 0) {
        destroy_space(space);
        return request_done(request, error);
    }
    return reply_new_space(request, space);
}

enum request_status process_fork_step(struct request *request)
{
    struct address_space *parent = find_program(request->message.words[0]);
    if (parent == NULL || parent->dying)
        return request_done(request, -ESRCH);
    int32_t error = 0;
    struct address_space *child = address_space_create(parent->group, &error);
    if (child == NULL)
        return request_done(request, error);
    error = descriptors_fork(parent, child, (uint32_t)request->message.words[1]);
    if (error == 0)
        error = address_space_fork(parent, child);
    if (error < 0) {
        destroy_space(child);
        return request_done(request, error);
    }
    set_executable(child, parent->executable);
    return reply_new_space(request, child);
}

enum request_status process_reset_step(struct request *request)
{
    struct address_space *space = find_program(request->message.words[0]);
    if (space == NULL)
        return request_done(request, -ESRCH);
    if (!space->resetting) {
        space->resetting = true;
        threads_stop(space);
    }
    if (space->requests != 0) {
        /* Another thread of the program is in a call; exec waits for its end. */
        wait_queue_add(&space->idle, &request->waiter);
        return REQUEST_PARKED;
    }
    threads_release(space);
    address_space_reset(space);
    space->resetting = false;
    descriptors_close_on_exec(space);
    set_executable(space, NULL);
    return request_done(request, region_map_statistics(space));
}

enum request_status process_destroy_step(struct request *request)
{
    struct address_space *space = find_program(request->message.words[0]);
    if (space == NULL)
        return request_done(request, -ESRCH);
    if (!space->dying)
        process_stop(space);
    if (space->requests != 0) {
        wait_queue_add(&space->idle, &request->waiter);
        return REQUEST_PARKED;
    }
    destroy_space(space);
    return request_done(request, 0);
}

enum request_status process_executes_step(struct request *request)
{
    struct address_space *space = find_program(request->message.words[0]);
    if (space == NULL)
        return request_done(request, -ESRCH);
    struct open_file *open = descriptor_find(request->space, request->message.words[1]);
    if (open == NULL || open->kind != OPEN_KIND_FILE)
        return request_done(request, open == NULL ? -EBADF : -EACCES);
    set_executable(space, open->file);
    return request_done(request, 0);
}

enum request_status process_set_group_step(struct request *request)
{
    struct address_space *space = find_program(request->message.words[0]);
    uint64_t number = request->message.words[1];
    struct group *group = number <= UINT32_MAX ? group_by_id((uint32_t)number) : NULL;
    if (space == NULL || group == NULL)
        return request_done(request, -ESRCH);
    if (space->group != group) {
        group_counters(space->group)->large_pages -= space->large_pages;
        group_counters(group)->large_pages += space->large_pages;
        group_remove_space(space->group);
        space->group = group;
        group_add_space(group);
    }
    return request_done(request, 0);
}
