/*
 * Handle tables and the handle system call. See handle.h.
 */
#include "handle.h"

static void free_list_insert(struct task *task, uint32_t index)
{
    struct handle_slot *slot = handle_slot_at(task, index);
    *slot = (struct handle_slot){.object = &task->object, .id = task->handle_free};
    if (task->handle_free != 0)
        handle_slot_at(task, task->handle_free)->badge = index;
    task->handle_free = index;
}

static void free_list_remove(struct task *task, uint32_t index)
{
    struct handle_slot *slot = handle_slot_at(task, index);
    uint32_t next = (uint32_t)slot->id;
    uint32_t previous = (uint32_t)slot->badge;
    if (previous != 0)
        handle_slot_at(task, previous)->id = next;
    else
        task->handle_free = next;
    if (next != 0)
        handle_slot_at(task, next)->badge = previous;
}

void handle_table_add(struct task *task, uint64_t frame)
{
    uint32_t first = task->handle_limit;
    task->handle_frames[first / HANDLES_PER_FRAME] = (uint32_t)(frame >> PAGE_SHIFT);
    task->handle_limit += HANDLES_PER_FRAME;
    /* Low indices are given out first. Index 0 is no handle. */
    uint32_t begin = first != 0 ? first : 1, last = task->handle_limit - 1;
    struct handle_slot *slots = physical_to_virtual(frame);
    slots[0].object = &task->object;
    for (uint32_t i = begin; i <= last; i++)
        slots[i - first] =
            (struct handle_slot){.object = &task->object, .id = i + 1, .badge = i - 1};
    slots[begin - first].badge = 0;
    slots[last - first].id = task->handle_free;
    if (task->handle_free != 0)
        handle_slot_at(task, task->handle_free)->badge = last;
    task->handle_free = begin;
}

int handle_find(struct task *task, uint64_t index, enum object_type type, unsigned rights,
                struct handle_slot **found)
{
    *found = handle_look_up(task, index, type, rights);
    if (*found != NULL)
        return KERNEL_OK;
    if (handle_look_up(task, index, OBJECT_NONE, 0) == NULL)
        return ERROR_BAD_HANDLE;
    return type != OBJECT_NONE && handle_slot_at(task, index)->type != type ? ERROR_TYPE
                                                                            : ERROR_RIGHTS;
}

int handle_check_index(struct task *task, uint64_t index)
{
    if (index == 0 || index >= task->handle_limit)
        return ERROR_ARGUMENT;
    return handle_slot_at(task, index)->type == OBJECT_NONE ? KERNEL_OK : ERROR_OCCUPIED;
}

/*
 * FAULT_MAP replies carry no authority handle: they use the first good one that the task got
 * and still has, so that copies of it may come and go.
 */
#define AUTHORITY_RIGHTS (RIGHT_MAP | RIGHT_DONATE)
static bool authority_handle_good(struct task *task)
{
    return task->authority_handle != 0 &&
           handle_alive(handle_slot_at(task, task->authority_handle));
}

void handle_install_at(struct task *task, uint32_t index, struct object *object, unsigned rights,
                       uint64_t badge)
{
    free_list_remove(task, index);
    *handle_slot_at(task, index) = (struct handle_slot){
        .object = object,
        .id = object->id,
        .badge = badge,
        .frame_tag = object_frame_tag(object->type),
        .type = (uint8_t)object->type,
        .rights = (uint8_t)rights,
    };
    if (object->type == OBJECT_MEMORY && (rights & AUTHORITY_RIGHTS) == AUTHORITY_RIGHTS &&
        !authority_handle_good(task))
        task->authority_handle = index;
}

uint32_t handle_install(struct task *task, struct object *object, unsigned rights, uint64_t badge)
{
    uint32_t index = task->handle_free;
    if (index != 0)
        handle_install_at(task, index, object, rights, badge);
    return index;
}

void handle_close(struct task *task, uint32_t index)
{
    if (task->authority_handle == index)
        task->authority_handle = 0;
    free_list_insert(task, index);
}

/* ---------------------------------------------------------------- SYS_HANDLE */

static int target_task(struct thread *thread, uint64_t handle, struct task **target)
{
    if (handle == 0) {
        *target = thread->task;
        return KERNEL_OK;
    }
    struct handle_slot *slot;
    int error = handle_find(thread->task, handle, OBJECT_TASK, RIGHT_MANAGE, &slot);
    if (error != KERNEL_OK)
        return error;
    *target = (struct task *)slot->object;
    return (*target)->dying ? ERROR_STATE : KERNEL_OK;
}

static int copy_handle(struct thread *thread, struct thread_registers *registers)
{
    struct handle_slot *source;
    struct task *target;
    int error = handle_find(thread->task, registers->rdi, OBJECT_NONE, RIGHT_COPY, &source);
    if (error == KERNEL_OK)
        error = target_task(thread, registers->rdx, &target);
    if (error != KERNEL_OK)
        return error;

    uint64_t badge = source->badge;
    if (registers->r9 != 0 && registers->r9 != badge) {
        if (source->type != OBJECT_ENDPOINT)
            return ERROR_TYPE;
        if (badge != 0 || !(source->rights & RIGHT_MANAGE))
            return ERROR_RIGHTS;
        badge = registers->r9;
    }
    uint64_t index = registers->r10 != 0 ? registers->r10 : target->handle_free;
    if (index == 0)
        return ERROR_NO_SPACE;
    error = handle_check_index(target, index);
    if (error != KERNEL_OK)
        return error;

    handle_install_at(target, (uint32_t)index, source->object, source->rights & registers->r8,
                      badge);
    registers->rdx = index;
    return KERNEL_OK;
}

static int close_handle(struct task *task, uint64_t index)
{
    if (index == 0 || index >= task->handle_limit ||
        handle_slot_at(task, index)->type == OBJECT_NONE)
        return ERROR_BAD_HANDLE;
    handle_close(task, (uint32_t)index);
    return KERNEL_OK;
}

static int revoke_handle(struct thread *thread, uint64_t index)
{
    struct handle_slot *slot;
    int error = handle_find(thread->task, index, OBJECT_NONE, RIGHT_MANAGE, &slot);
    if (error != KERNEL_OK)
        return error;
    slot->id = slot->object->id = object_next_id();
    return KERNEL_OK;
}

static int grow_table(struct thread *thread, const struct thread_registers *registers)
{
    struct task *target;
    struct handle_slot *authority;
    int error = target_task(thread, registers->rdi, &target);
    if (error == KERNEL_OK)
        error = handle_find(thread->task, registers->rdx, OBJECT_MEMORY, RIGHT_DONATE, &authority);
    if (error == KERNEL_OK && target->handle_limit == HANDLE_TABLES_MAX * HANDLES_PER_FRAME)
        error = ERROR_NO_SPACE;
    if (error == KERNEL_OK)
        error = frame_check_donation(registers->r8);
    if (error != KERNEL_OK)
        return error;

    frame_donate(registers->r8, FRAME_OBJECT, OBJECT_FRAME_HANDLES);
    handle_table_add(target, registers->r8);
    return KERNEL_OK;
}

static int handle_info(struct thread *thread, struct thread_registers *registers)
{
    struct handle_slot *slot;
    int error = handle_find(thread->task, registers->rdi, OBJECT_NONE, 0, &slot);
    if (error == KERNEL_OK)
        registers->rdx = slot->type | (uint64_t)slot->rights << 8;
    return error;
}

static int close_in_task(struct thread *thread, const struct thread_registers *registers)
{
    struct task *target;
    int error = target_task(thread, registers->rdi, &target);
    return error == KERNEL_OK ? close_handle(target, registers->rdx) : error;
}

void system_handle(struct thread *thread)
{
    struct thread_registers *registers = &thread->context.registers;
    int status;
    switch (registers->rsi) {
    case HANDLE_COPY: status = copy_handle(thread, registers); break;
    case HANDLE_CLOSE: status = close_handle(thread->task, registers->rdi); break;
    case HANDLE_REVOKE: status = revoke_handle(thread, registers->rdi); break;
    case HANDLE_GROW: status = grow_table(thread, registers); break;
    case HANDLE_INFO: status = handle_info(thread, registers); break;
    case HANDLE_CLOSE_IN: status = close_in_task(thread, registers); break;
    default: status = ERROR_ARGUMENT; break;
    }
    thread_set_status(thread, status);
}
