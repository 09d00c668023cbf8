/*
 * SYS_THREAD: registers, start, stop, priority and bindings of a thread, and the settings of
 * a task that travel the same way.
 */
#include "endpoint.h"
#include "handle.h"
#include "notification.h"
#include "scheduler.h"

static bool is_fault(const struct thread *thread)
{
    return (thread->state == THREAD_AWAITING_REPLY || thread->state == THREAD_SENDING) &&
           thread->kind != MESSAGE_CALL;
}

/* ---------------------------------------------------------------- registers */

static int set_registers(struct thread *target, uint64_t address)
{
    struct thread_registers registers;
    if (!copy_from_user(&registers, to_user_address(address), sizeof(registers)))
        return ERROR_ADDRESS;
    if (registers.rip >= USER_ADDRESS_LIMIT || registers.fs_base >= USER_ADDRESS_LIMIT)
        return ERROR_ARGUMENT;
    machine_set_registers(target, &registers);
    return KERNEL_OK;
}

static int get_registers(const struct thread *target, uint64_t address)
{
    return copy_to_user(to_user_address(address), &target->context.registers,
                        sizeof(struct thread_registers))
               ? KERNEL_OK
               : ERROR_ADDRESS;
}

static int copy_state(const struct thread *thread, struct thread *target, struct thread *source)
{
    if (target->state != THREAD_STOPPED || source->state == THREAD_READY || source == target)
        return ERROR_STATE;
    machine_copy_state(target, source);
    target->context.registers.rax = thread->context.registers.r8;
    return KERNEL_OK;
}

/* The thread that the handle in rdx names. */
static int find_second_thread(const struct thread *thread, struct thread **found)
{
    struct handle_slot *slot;
    int error = handle_find(thread->task, thread->context.registers.rdx, OBJECT_THREAD,
                            RIGHT_MANAGE, &slot);
    if (error == KERNEL_OK)
        *found = thread_of_object(slot->object);
    return error;
}

static int copy_state_from(const struct thread *thread, struct thread *target)
{
    struct thread *source;
    int error = find_second_thread(thread, &source);
    return error == KERNEL_OK ? copy_state(thread, target, source) : error;
}

static int copy_state_to(const struct thread *thread, struct thread *source)
{
    struct thread *target;
    int error = find_second_thread(thread, &target);
    return error == KERNEL_OK ? copy_state(thread, target, source) : error;
}

/* ---------------------------------------------------------------- state */

static int start(struct thread *target)
{
    if (target->state != THREAD_STOPPED || target->killed || target->task->dying)
        return ERROR_STATE;
    scheduler_make_ready(target);
    return KERNEL_OK;
}

static int set_priority(const struct thread *thread, struct thread *target, uint64_t priority)
{
    if (priority > THREAD_PRIORITY_MAX || priority > thread->priority)
        return ERROR_ARGUMENT;
    if (target->state != THREAD_READY) {
        target->priority = (uint8_t)priority;
    } else if (target == thread) {
        target->priority = (uint8_t)priority;
        this_scheduler()->reschedule = true;
    } else {
        scheduler_remove(target);
        target->priority = (uint8_t)priority;
        scheduler_make_ready(target);
    }
    return KERNEL_OK;
}

static int bind_notification(struct thread *thread, struct thread *target, uint64_t handle)
{
    struct handle_slot *slot;
    if (handle == 0) {
        notification_unbind(target);
        return KERNEL_OK;
    }
    int error = handle_find(thread->task, handle, OBJECT_NOTIFICATION, RIGHT_RECEIVE, &slot);
    if (error != KERNEL_OK)
        return error;
    return notification_bind((struct notification *)slot->object, target) ? KERNEL_OK
                                                                          : ERROR_OCCUPIED;
}

static int thread_info(const struct thread *target, uint64_t address)
{
    struct thread_info info = {
        .state = is_fault(target) ? (uint32_t)THREAD_FAULTED : target->state,
        .priority = target->priority,
        .instructions = target->ticks,
    };
    if (target == current_thread())
        info.instructions += machine_ticks();
    return copy_to_user(to_user_address(address), &info, sizeof(info)) ? KERNEL_OK : ERROR_ADDRESS;
}

static int control_thread(struct thread *thread, struct thread *target, uint64_t operation)
{
    uint64_t argument = thread->context.registers.rdx;
    switch (operation) {
    case THREAD_SET_REGISTERS:
        return target->state == THREAD_STOPPED ? set_registers(target, argument) : ERROR_STATE;
    case THREAD_GET_REGISTERS: return get_registers(target, argument);
    case THREAD_START: return start(target);
    case THREAD_STOP: thread_stop(target, ERROR_DEAD); return KERNEL_OK;
    case THREAD_SET_PRIORITY: return set_priority(thread, target, argument);
    case THREAD_BIND_NOTIFICATION: return bind_notification(thread, target, argument);
    case THREAD_COPY_STATE: return copy_state_from(thread, target);
    case THREAD_SET_FS_BASE:
        return machine_set_fs_base(target, argument) ? KERNEL_OK : ERROR_ARGUMENT;
    case THREAD_SET_NAME: target->name = argument; return KERNEL_OK;
    case THREAD_INFO: return thread_info(target, argument);
    default: return ERROR_ARGUMENT;
    }
}

/* What a thread may do to itself without a handle to itself. */
static bool allowed_on_self(uint64_t operation)
{
    return operation == THREAD_SET_FS_BASE || operation == THREAD_INFO ||
           operation == THREAD_GET_REGISTERS;
}

/* ---------------------------------------------------------------- by reply token */

/* The handler of a fault or exception looks at the thread that waits for its answer. */
static int control_by_token(struct thread *thread, uint64_t operation)
{
    const struct thread_registers *registers = &thread->context.registers;
    struct thread *target = reply_target(thread, registers->rdi);
    if (target == NULL)
        return ERROR_TOKEN;
    switch (operation) {
    case THREAD_GET_REGISTERS: return get_registers(target, registers->rdx);
    case THREAD_SET_REGISTERS:
        return is_fault(target) ? set_registers(target, registers->rdx) : ERROR_STATE;
    case THREAD_COPY_STATE: return copy_state_to(thread, target);
    default: return ERROR_ARGUMENT;
    }
}

/* ---------------------------------------------------------------- task settings */

static int set_endpoint(struct thread *thread, struct binding *binding, uint64_t handle)
{
    struct handle_slot *slot;
    if (handle == 0) {
        binding->object = NULL;
        return KERNEL_OK;
    }
    int error = handle_find(thread->task, handle, OBJECT_ENDPOINT, RIGHT_SEND, &slot);
    if (error == KERNEL_OK)
        binding_set(binding, slot->object, slot->badge);
    return error;
}

static int control_task(struct thread *thread, uint64_t operation)
{
    const struct thread_registers *registers = &thread->context.registers;
    struct handle_slot *slot;
    int error = handle_find(thread->task, registers->rdi, OBJECT_TASK, RIGHT_MANAGE, &slot);
    if (error != KERNEL_OK)
        return error;
    struct task *task = (struct task *)slot->object;
    switch (operation) {
    case TASK_SET_FAULT_ENDPOINT:
        return set_endpoint(thread, &task->fault_endpoint, registers->rdx);
    case TASK_SET_EXCEPTION_ENDPOINT:
        return set_endpoint(thread, &task->exception_endpoint, registers->rdx);
    case TASK_SET_FOREIGN:
        if (registers->rdx > 1)
            return ERROR_ARGUMENT;
        task->foreign = registers->rdx != 0;
        return KERNEL_OK;
    default: return ERROR_ARGUMENT;
    }
}

/* ---------------------------------------------------------------- SYS_THREAD */

static int dispatch(struct thread *thread)
{
    const struct thread_registers *registers = &thread->context.registers;
    uint64_t operation = registers->rsi;
    if (operation & THREAD_BY_TOKEN)
        return control_by_token(thread, operation & ~(uint64_t)THREAD_BY_TOKEN);
    if (operation >= TASK_SET_FAULT_ENDPOINT)
        return control_task(thread, operation);
    if (registers->rdi == 0 && allowed_on_self(operation))
        return control_thread(thread, thread, operation);

    struct handle_slot *slot;
    int error = handle_find(thread->task, registers->rdi, OBJECT_THREAD, RIGHT_MANAGE, &slot);
    if (error != KERNEL_OK)
        return error;
    return control_thread(thread, thread_of_object(slot->object), operation);
}

void system_thread(struct thread *thread)
{
    if (thread->context.registers.rsi == THREAD_YIELD && thread->context.registers.rdi == 0) {
        thread_set_status(thread, KERNEL_OK);
        scheduler_yield();
        return;
    }
    thread_set_status(thread, dispatch(thread));
}
