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

/* Work of one step: each unit is at most a leaf table's 512 entries, or as many frames. */
#define DESTROY_STEP 16
#define CALLER_SCAN_FRAMES 512

struct task *task_create(uint64_t frame, uint64_t root, uint64_t handles)
{
    struct task *task = physical_to_virtual(frame);
    object_initialize(&task->object, OBJECT_TASK);
    machine_address_space_initialize(&task->space, root);
    handle_table_add(task, handles);
    return task;
}

/*
 * Callers are counted, not listed, because a list would cost every message: they are looked for
 * among all threads, which the frame table names. No new ones come: the task has no threads.
 */
static void abandon_callers(struct task *task)
{
    for (unsigned i = 0; i < CALLER_SCAN_FRAMES && task->callers != 0; i++) {
        uint64_t frame = task->caller_cursor++ << PAGE_SHIFT;
        KERNEL_ASSERT(frame_in_table(frame));
        if (frame_at(frame)->tag != FRAME_TAG(FRAME_OBJECT, OBJECT_FRAME_THREAD))
            continue;
        struct thread *thread = physical_to_virtual(frame);
        if (thread->state == THREAD_AWAITING_REPLY && thread->server == task)
            thread_abandon(thread, ERROR_DEAD);
    }
}

/* Whether something was left to do; then one unit of it is done. */
static bool destroy_unit(struct task *task)
{
    if (task->threads != NULL) {
        thread_destroy(task->threads);
        return true;
    }
    if (task->callers != 0) {
        abandon_callers(task);
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
