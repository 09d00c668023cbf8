/*
 * Page faults, user exceptions and foreign system calls become messages; the replies to them
 * resume, map or kill. The thread's registers stay what they were at the fault until the
 * reply. See abi.h for the words.
 */
#include "fault.h"
#include "endpoint.h"
#include "handle.h"
#include "page_batch.h"
#include "page_table.h"
#include "scheduler.h"

/* ---------------------------------------------------------------- sending */

static void unhandled(struct thread *thread, const char *what, uint64_t detail)
{
    const struct thread_registers *registers = &thread->context.registers;
    if (thread->task->first)
        panic("the first task: %s %lx at %lx, sp %lx", what, (unsigned long)detail,
              (unsigned long)registers->rip, (unsigned long)registers->rsp);
    print("thread %lu stopped: %s %lx at %lx, and nobody handles it\n",
          (unsigned long)thread->object.birth, what, (unsigned long)detail,
          (unsigned long)registers->rip);
    thread_kill(thread);
    scheduler_settle();
}

void user_fault(struct thread *thread, uint64_t address, uint32_t access)
{
    struct binding *binding = &thread->task->fault_endpoint;
    thread->kind = MESSAGE_FAULT;
    thread->fault_address = address;
    thread->fault_access = access;
    if (!binding_alive(binding))
        return unhandled(thread, "page fault", address);
    endpoint_send_fault((struct endpoint *)binding->object, thread, binding->badge);
}

static void send_exception(struct thread *thread, uint32_t label, uint64_t error_code,
                           const char *what, uint64_t detail)
{
    struct binding *binding = &thread->task->exception_endpoint;
    thread->kind = MESSAGE_EXCEPTION;
    thread->fault_address = error_code;
    thread->fault_access = label;
    if (!binding_alive(binding))
        return unhandled(thread, what, detail);
    endpoint_send_exception((struct endpoint *)binding->object, thread, binding->badge);
}

void user_exception(struct thread *thread, uint32_t vector, uint64_t error_code)
{
    send_exception(thread, vector, error_code, "exception", vector);
}

void foreign_system_call(struct thread *thread)
{
    send_exception(thread, EXCEPTION_SYSTEM_CALL, 0, "system call", thread->context.registers.rax);
}

void fault_fill_message(struct message_log *log, struct thread *receiver, struct thread *sender)
{
    struct thread_registers *to = &receiver->context.registers;
    const struct thread_registers *from = &sender->context.registers;
    if (sender->kind == MESSAGE_FAULT)
        return fault_fill_page_fault(log, receiver, sender);
    to->rax = KERNEL_OK;
    to->rsi = TAG_OF_KIND(MESSAGE_EXCEPTION) | MAKE_TAG(sender->fault_access, 6, 0);
    message_log_add(log, sender, receiver, to->rsi, from->rip);
    message_set_words(to, sender->fault_address, from->rip, from->rsp, from->rax, sender->name,
                      from->rdx);
}

/* ---------------------------------------------------------------- replies */

/* FAULT_MAP names no authority handle: the task's own is used. See handle.c. */
static int check_authority(struct task *server, unsigned rights)
{
    struct handle_slot *slot;
    if (server->authority_handle == 0)
        return ERROR_RIGHTS;
    return handle_find(server, server->authority_handle, OBJECT_MEMORY, rights, &slot);
}

/* The leaf entry's address, after linking the given frames as tables where some are missing. */
static int find_or_build_leaf(struct task *server, struct task *client, uint64_t address,
                              const uint64_t *tables, struct leaf *leaf)
{
    int error = page_table_walk(client, address, 0, leaf);
    if (error != ERROR_NO_TABLE)
        return error;
    error = check_authority(server, RIGHT_DONATE);
    while (error == KERNEL_OK) {
        /* leaf->level: the level of the table that has no entry for the address. */
        unsigned missing = leaf->level - 1;
        if (tables[missing] == 0)
            return ERROR_NO_TABLE;
        error = page_table_link(leaf, tables[missing]);
        if (error != KERNEL_OK)
            return error;
        error = page_table_walk(client, address, 0, leaf);
        if (error != ERROR_NO_TABLE)
            return error;
        error = KERNEL_OK;
    }
    return error;
}

static int map_reply(struct thread *server, struct thread *client)
{
    const struct thread_registers *registers = &server->context.registers;
    const uint64_t tables[3] = {registers->r8, registers->r9, registers->r10};
    uint64_t descriptor = registers->rdx;
    uint64_t address = client->fault_address & PAGE_MASK;
    page_entry entry;

    if (client->kind != MESSAGE_FAULT || address >= USER_ADDRESS_LIMIT || (descriptor & PAGE_LARGE))
        return ERROR_ARGUMENT;
    int error = check_authority(server->task, RIGHT_MAP);
    if (error == KERNEL_OK)
        error = page_encode_checked(descriptor, &entry);
    if (error != KERNEL_OK)
        return error;

    struct leaf leaf;
    error = find_or_build_leaf(server->task, client->task, address, tables, &leaf);
    if (error != KERNEL_OK)
        return error;
    page_entry old = page_install(&leaf, entry);
    /* The processor does not keep absent entries: only a replaced one needs a flush. */
    if (page_entry_present(old))
        machine_flush_page(&client->task->space, address);
    return KERNEL_OK;
}

static int resume_exception(const struct thread *server, struct thread *client)
{
    struct thread_registers registers = client->context.registers;
    if (server->context.registers.rdx >= USER_ADDRESS_LIMIT)
        return ERROR_ARGUMENT;
    registers.rip = server->context.registers.rdx;
    registers.rax = server->context.registers.r8;
    machine_set_registers(client, &registers);
    return KERNEL_OK;
}

int fault_reply(struct thread *server, struct thread *client)
{
    _Static_assert((int)EXCEPTION_KILL == (int)FAULT_KILL, "one case serves both");
    int error;
    uint32_t label = TAG_LABEL(server->context.registers.rsi);
    if (label == FAULT_KILL) {
        thread_kill(client);
        return KERNEL_OK;
    }
    if (client->kind == MESSAGE_EXCEPTION) {
        error = label == EXCEPTION_RESUME ? resume_exception(server, client) : ERROR_ARGUMENT;
    } else {
        switch (label) {
        case FAULT_RETRY: error = KERNEL_OK; break;
        case FAULT_MAP: error = map_reply(server, client); break;
        case FAULT_MAP_BATCH:
            error = page_batch_map(server->task, server->context.registers.rdx);
            break;
        default: error = ERROR_ARGUMENT; break;
        }
    }
    if (error != KERNEL_OK)
        thread_kill(client);
    return error;
}
