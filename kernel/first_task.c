/*
 * The first task. See first_task.h.
 */
#include "first_task.h"
#include "handle.h"
#include "irq.h"
#include "page_table.h"
#include "scheduler.h"
#include <quire/boot_information.h>

static struct scheduler boot_scheduler;

void core_initialize(void)
{
    scheduler_initialize(&boot_scheduler);
    this_cpu()->scheduler = &boot_scheduler;
}

static void require(int error, const char *what)
{
    if (error != KERNEL_OK)
        panic("cannot make the first task: %s: error %d", what, error);
}

static void give(struct task *task, enum boot_handle index, struct object *object)
{
    handle_install_at(task, index, object, RIGHT_ALL, 0);
}

static void give_authorities(struct task *task, uint64_t objects)
{
    give(task, BOOT_HANDLE_MEMORY, slab_take(objects, 0, OBJECT_MEMORY));

    struct ports *ports = (struct ports *)slab_take(objects, 1, OBJECT_PORTS);
    ports->first = 0;
    ports->count = 0x10000;
    give(task, BOOT_HANDLE_PORTS, &ports->object);

    struct irq *irq = (struct irq *)slab_take(objects, 2, OBJECT_IRQ);
    irq->object.flags = OBJECT_FLAG_IRQ_AUTHORITY;
    give(task, BOOT_HANDLE_IRQ, &irq->object);
}

struct thread *first_task_create(const struct first_task_frames *frames)
{
    require(frame_check_donation(frames->task), "task frame");
    require(frame_check_donation(frames->root), "page-table root");
    require(frame_check_donation(frames->handles), "handle table");
    require(frame_check_donation(frames->thread), "thread frame");
    require(frame_check_donation(frames->objects), "object frame");
    frame_donate(frames->task, FRAME_OBJECT, OBJECT_FRAME_TASK);
    frame_donate(frames->root, FRAME_PAGE_TABLE, 0);
    frame_donate(frames->handles, FRAME_OBJECT, OBJECT_FRAME_HANDLES);
    frame_donate(frames->thread, FRAME_OBJECT, OBJECT_FRAME_THREAD);

    struct task *task = task_create(frames->task, frames->root, frames->handles);
    struct thread *thread = thread_create(frames->thread, task, THREAD_PRIORITY_MAX);
    task->first = true;
    give(task, BOOT_HANDLE_TASK, &task->object);
    give(task, BOOT_HANDLE_THREAD, &thread->object);
    give_authorities(task, frames->objects);
    return thread;
}

void first_task_map(struct task *task, uint64_t address, uint64_t descriptor,
                    uint64_t (*take_frame)(void))
{
    struct leaf leaf;
    page_entry entry;
    require(page_encode_checked(descriptor, &entry), "page descriptor");
    while (page_table_walk(task, address, 0, &leaf) != KERNEL_OK)
        require(page_table_link(&leaf, take_frame()), "page table");
    page_install(&leaf, entry);
}

void first_task_start(struct thread *thread, uint64_t entry, uint64_t stack)
{
    struct thread_registers registers = {.rip = entry, .rsp = stack};
    machine_set_registers(thread, &registers);
    scheduler_make_ready(thread);
    scheduler_settle();
}
