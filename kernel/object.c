/*
 * Object identity, slabs of small objects, and the two system calls that make and end
 * objects. All memory comes from frames that the caller donates.
 */
#include "endpoint.h"
#include "handle.h"
#include "irq.h"
#include "notification.h"
#include "task.h"

_Static_assert(sizeof(struct endpoint) <= OBJECT_SLOT_BYTES, "an endpoint has one slot");
_Static_assert(sizeof(struct notification) <= OBJECT_SLOT_BYTES, "a notification has one slot");
_Static_assert(sizeof(struct irq) <= OBJECT_SLOT_BYTES, "an IRQ has one slot");

uint64_t object_next_id(void)
{
    static uint64_t last_id;
    return __atomic_add_fetch(&last_id, 1, __ATOMIC_RELAXED);
}

/* ---------------------------------------------------------------- slabs */

static struct object *slab_slot(uint64_t frame, uint32_t slot)
{
    return (struct object *)((char *)physical_to_virtual(frame) + slot * OBJECT_SLOT_BYTES);
}

static bool is_slab(uint64_t frame)
{
    return frame_in_table(frame) &&
           frame_at(frame)->tag == FRAME_TAG(FRAME_OBJECT, OBJECT_FRAME_SLAB);
}

int slab_check(uint64_t frame, uint32_t slot)
{
    if (slot >= OBJECT_SLOTS || (frame & ~PAGE_FRAME_MASK))
        return ERROR_ARGUMENT;
    if (!is_slab(frame))
        return frame_check_donation(frame);
    return slab_slot(frame, slot)->id == 0 ? KERNEL_OK : ERROR_OCCUPIED;
}

struct object *slab_take(uint64_t frame, uint32_t slot, enum object_type type)
{
    if (!is_slab(frame))
        frame_donate(frame, FRAME_OBJECT, OBJECT_FRAME_SLAB);
    frame_at(frame)->count++;

    struct object *object = slab_slot(frame, slot);
    memset(object, 0, OBJECT_SLOT_BYTES);
    object_initialize(object, type);
    return object;
}

void slab_release(struct object *object)
{
    uint64_t frame = virtual_to_physical(object) & PAGE_FRAME_MASK;
    object->id = object->birth = 0;
    if (--frame_at(frame)->count == 0)
        frame_give_back(frame);
}

/* ---------------------------------------------------------------- create */

/* What OBJECT_CREATE was asked for, decoded and checked. */
struct creation {
    struct object_create request;
    struct task *task;          /* OBJECT_THREAD */
    struct ports *parent_ports; /* OBJECT_PORTS */
};

#define PORTS_END 0x10000u

static int check_ports(struct thread *thread, struct creation *creation)
{
    struct handle_slot *parent;
    int error =
        handle_find(thread->task, creation->request.parent, OBJECT_PORTS, RIGHT_MANAGE, &parent);
    if (error != KERNEL_OK)
        return error;
    creation->parent_ports = (struct ports *)parent->object;

    uint64_t first = creation->request.argument & 0xffff;
    uint64_t count = creation->request.argument >> 16;
    uint64_t parent_end = (uint64_t)creation->parent_ports->first + creation->parent_ports->count;
    if (count == 0 || count > PORTS_END || first < creation->parent_ports->first ||
        first + count > parent_end)
        return ERROR_ARGUMENT;
    return KERNEL_OK;
}

static int check_thread(struct thread *thread, struct creation *creation)
{
    struct handle_slot *parent;
    int error =
        handle_find(thread->task, creation->request.parent, OBJECT_TASK, RIGHT_MANAGE, &parent);
    if (error != KERNEL_OK)
        return error;
    creation->task = (struct task *)parent->object;
    return creation->task->dying ? ERROR_STATE : KERNEL_OK;
}

static int check_irq_authority(struct thread *thread, const struct creation *creation)
{
    struct handle_slot *parent;
    int error =
        handle_find(thread->task, creation->request.parent, OBJECT_IRQ, RIGHT_MANAGE, &parent);
    if (error != KERNEL_OK)
        return error;
    return parent->object->flags & OBJECT_FLAG_IRQ_AUTHORITY ? KERNEL_OK : ERROR_TYPE;
}

/* Frames that a type needs for itself; a small object shares frames[0]. */
static int check_frames(const struct object_create *request)
{
    unsigned whole_frames = request->type == OBJECT_TASK ? 3 : request->type == OBJECT_THREAD;
    for (unsigned i = 0; i < whole_frames; i++) {
        int error = frame_check_donation(request->frames[i]);
        if (error != KERNEL_OK)
            return error;
        for (unsigned j = 0; j < i; j++) {
            if (request->frames[j] == request->frames[i])
                return ERROR_ARGUMENT;
        }
    }
    return whole_frames != 0 ? KERNEL_OK : slab_check(request->frames[0], request->slot);
}

static int check_creation(struct thread *thread, struct creation *creation)
{
    const struct object_create *request = &creation->request;
    struct handle_slot *authority;
    int error =
        handle_find(thread->task, request->authority, OBJECT_MEMORY, RIGHT_DONATE, &authority);
    if (error == KERNEL_OK)
        error = check_frames(request);
    if (error == KERNEL_OK && thread->task->handle_free == 0)
        error = ERROR_NO_SPACE;
    if (error != KERNEL_OK)
        return error;

    switch (request->type) {
    case OBJECT_TASK:
    case OBJECT_ENDPOINT:
    case OBJECT_NOTIFICATION: return KERNEL_OK;
    case OBJECT_THREAD: return check_thread(thread, creation);
    case OBJECT_IRQ: return check_irq_authority(thread, creation);
    case OBJECT_PORTS: return check_ports(thread, creation);
    default: return ERROR_ARGUMENT;
    }
}

static struct object *create_task(const struct object_create *request)
{
    frame_donate(request->frames[0], FRAME_OBJECT, OBJECT_FRAME_TASK);
    frame_donate(request->frames[1], FRAME_PAGE_TABLE, 0);
    frame_donate(request->frames[2], FRAME_OBJECT, OBJECT_FRAME_HANDLES);
    return &task_create(request->frames[0], request->frames[1], request->frames[2])->object;
}

static struct object *create_thread(const struct creation *creation, unsigned priority)
{
    uint64_t frame = creation->request.frames[0];
    frame_donate(frame, FRAME_OBJECT, OBJECT_FRAME_THREAD);
    return &thread_create(frame, creation->task, priority)->object;
}

static struct object *create_ports(const struct object_create *request)
{
    struct ports *ports =
        (struct ports *)slab_take(request->frames[0], request->slot, OBJECT_PORTS);
    ports->first = request->argument & 0xffff;
    ports->count = (uint32_t)(request->argument >> 16);
    return &ports->object;
}

void system_object_create(struct thread *thread)
{
    struct thread_registers *registers = &thread->context.registers;
    struct creation creation = {0};
    if (!copy_from_user(&creation.request, to_user_address(registers->rdi),
                        sizeof(creation.request)))
        return thread_set_status(thread, ERROR_ADDRESS);
    int error = check_creation(thread, &creation);
    if (error != KERNEL_OK)
        return thread_set_status(thread, error);

    const struct object_create *request = &creation.request;
    struct object *object = NULL;
    int vector = 0;
    switch (request->type) {
    case OBJECT_TASK: object = create_task(request); break;
    case OBJECT_THREAD: object = create_thread(&creation, thread->priority); break;
    case OBJECT_PORTS: object = create_ports(request); break;
    case OBJECT_IRQ:
        /* The only step that can still fail, and the first that changes anything. */
        vector = irq_allocate_vector(request->argument);
        if (vector < 0)
            return thread_set_status(thread, vector);
        object = slab_take(request->frames[0], request->slot, OBJECT_IRQ);
        irq_initialize((struct irq *)object, vector, request->argument == IRQ_MSI);
        break;
    default: object = slab_take(request->frames[0], request->slot, request->type); break;
    }
    if (request->type == OBJECT_ENDPOINT)
        endpoint_initialize((struct endpoint *)object);
    registers->rdx = handle_install(thread->task, object, RIGHT_ALL, 0);
    thread_set_status(thread, KERNEL_OK);
}

/* ---------------------------------------------------------------- destroy */

static int destroy_thread(struct thread *caller, struct object *object)
{
    struct thread *thread = thread_of_object(object);
    if (thread == caller)
        return ERROR_STATE;
    thread_destroy(thread);
    return KERNEL_OK;
}

static int destroy_object(struct thread *caller, struct object *object)
{
    switch (object->type) {
    case OBJECT_TASK: return task_destroy_step((struct task *)object);
    case OBJECT_THREAD: return destroy_thread(caller, object);
    case OBJECT_ENDPOINT: return endpoint_destroy_step((struct endpoint *)object);
    case OBJECT_NOTIFICATION: notification_destroy((struct notification *)object); break;
    case OBJECT_IRQ:
        if (object->flags & OBJECT_FLAG_IRQ_AUTHORITY)
            return ERROR_STATE;
        irq_destroy((struct irq *)object);
        break;
    case OBJECT_PORTS: slab_release(object); break;
    default: return ERROR_TYPE; /* the memory authority is for ever */
    }
    return KERNEL_OK;
}

void system_object_destroy(struct thread *thread)
{
    uint64_t index = thread->context.registers.rdi;
    struct handle_slot *slot;
    int error = handle_find(thread->task, index, OBJECT_NONE, RIGHT_MANAGE, &slot);
    if (error == KERNEL_OK)
        error = destroy_object(thread, slot->object);
    if (error == KERNEL_OK)
        handle_close(thread->task, (uint32_t)index); /* it is stale: spare the caller a call */
    thread_set_status(thread, error);
}
