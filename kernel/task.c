/*
 * Tasks: creation, and destruction in bounded steps.
 *
 *      threads destroyed -> callers told -> pages unmapped -> handle tables -> root and task
 *
 * Objects that the task's handles named stay: handles hold no reference, and an object lives
 * until it is destroyed.
 */
#include "task.h"
#include "handle.h"
#include "page_table.h"
#include "scheduler.h"

/* Work of one step: each unit is at most a leaf table's 512 entries. */
#define DESTROY_STEP 16

struct task *task_create(uint64_t frame, uint64_t root, uint64_t handles)
{
    struct task *task = physical_to_virtual(frame);
    object_initialize(&task->object, OBJECT_TASK);
    machine_address_space_initialize(&task->space, root);
    handle_table_add(task, handles);
    return task;
}

/* Whether something was left to do; then one unit of it is done. */
static bool destroy_unit(struct task *task)
{
    if (task->threads != NULL) {
        thread_destroy(task->threads);
        return true;
    }
    if (task->callers != NULL) {
        thread_abandon(task->callers, ERROR_DEAD);
        return true;
    }
    if (page_table_destroy_step(task))
        return true;
    if (task->handle_limit != 0) {
        task->handle_limit -= HANDLES_PER_FRAME;
        uint32_t frame = task->handle_frames[task->handle_limit / HANDLES_PER_FRAME];
        frame_give_back((uint64_t)frame << PAGE_SHIFT);
        return true;
    }
    return false;
}

int task_destroy_step(struct task *task)
{
    if (current_thread()->task == task)
        return ERROR_STATE;
    task->dying = true;
    for (unsigned i = 0; i < DESTROY_STEP; i++) {
        if (!destroy_unit(task)) {
            uint64_t root = task->space.root;
            machine_address_space_release(&task->space);
            task->object.id = task->object.birth = 0;
            frame_give_back(root);
            frame_give_back(virtual_to_physical(task));
            return KERNEL_OK;
        }
    }
    return ERROR_AGAIN;
}
