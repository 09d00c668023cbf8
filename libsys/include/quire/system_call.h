/*
 * The system calls as C functions: one inline instruction each, arguments in the registers
 * that abi.h names. The compiler keeps a message's words in registers where it can.
 *
 * Functions return 0 or a kernel_error; those that make a handle return the handle, which
 * is never negative.
 *
 * Everything goes through two primitives. On the build machine they are ordinary
 * functions, which a test's fake of the kernel defines.
 */
#pragma once

#include <quire/abi.h>
#include <stddef.h>
#include <stdint.h>

/* What a message call sends and receives. A sender fills in tag and words. */
struct message {
    uint64_t badge;
    uint64_t tag;
    uint64_t words[MESSAGE_WORDS];
    uint64_t reply_token;
};

/* The calls that are not message passing: status in rax, values in rdx and r8. */
struct system_call_result {
    int64_t status;
    uint64_t value, second_value;
};

#if __STDC_HOSTED__

int64_t system_call_message(uint64_t number, uint64_t target, uint64_t endpoint,
                            struct message *message);
struct system_call_result system_call_plain(uint64_t number, uint64_t rdi, uint64_t rsi,
                                            uint64_t rdx, uint64_t r8, uint64_t r9, uint64_t r10);

#else

static inline int64_t system_call_message(uint64_t number, uint64_t target, uint64_t endpoint,
                                          struct message *message)
{
    uint64_t status = number, rdi = target, rsi = message->tag, rdx = message->words[0];
    register uint64_t r8 __asm__("r8") = message->words[1];
    register uint64_t r9 __asm__("r9") = message->words[2];
    register uint64_t r10 __asm__("r10") = message->words[3];
    register uint64_t r12 __asm__("r12") = message->words[4];
    register uint64_t r13 __asm__("r13") = message->words[5];
    register uint64_t r14 __asm__("r14") = endpoint;
    __asm__ volatile("syscall"
                     : "+a"(status), "+D"(rdi), "+S"(rsi), "+d"(rdx), "+r"(r8), "+r"(r9), "+r"(r10),
                       "+r"(r12), "+r"(r13), "+r"(r14)
                     :
                     : "rcx", "r11", "memory", "cc");
    message->badge = rdi;
    message->tag = rsi;
    message->words[0] = rdx;
    message->words[1] = r8;
    message->words[2] = r9;
    message->words[3] = r10;
    message->words[4] = r12;
    message->words[5] = r13;
    message->reply_token = r14;
    return (int64_t)status;
}

static inline struct system_call_result system_call_plain(uint64_t number, uint64_t rdi,
                                                          uint64_t rsi, uint64_t rdx,
                                                          uint64_t fourth, uint64_t fifth,
                                                          uint64_t sixth)
{
    uint64_t status = number;
    register uint64_t r8 __asm__("r8") = fourth;
    register uint64_t r9 __asm__("r9") = fifth;
    register uint64_t r10 __asm__("r10") = sixth;
    __asm__ volatile("syscall"
                     : "+a"(status), "+D"(rdi), "+S"(rsi), "+d"(rdx), "+r"(r8), "+r"(r9), "+r"(r10)
                     :
                     : "rcx", "r11", "memory", "cc");
    return (struct system_call_result){(int64_t)status, rdx, r8};
}

#endif

/* ---------------------------------------------------------------- messages */

/* Sends and blocks for the reply, which replaces tag and words. */
static inline int64_t sys_call(uint32_t endpoint, struct message *message)
{
    return system_call_message(SYS_CALL, endpoint, 0, message);
}

/*
 * Replies to `token` (0: nobody) with tag and words, then waits at `endpoint`. An error is
 * the reply's: nothing was received, and SYS_WAIT may follow.
 */
static inline int64_t sys_reply_and_wait(uint64_t token, uint32_t endpoint, struct message *message)
{
    return system_call_message(SYS_REPLY_AND_WAIT, token, endpoint, message);
}

/* endpoint 0: only the notification that is bound to the thread. */
static inline int64_t sys_wait(uint32_t endpoint, struct message *message)
{
    return system_call_message(SYS_WAIT, endpoint, 0, message);
}

/* Replies to a kept caller. The message is not changed. */
static inline int64_t sys_reply(uint64_t token, const struct message *message)
{
    struct message copy = *message;
    return system_call_message(SYS_REPLY, token, 0, &copy);
}

static inline int64_t sys_notify(uint32_t notification, uint64_t bits)
{
    return system_call_plain(SYS_NOTIFY, notification, bits, 0, 0, 0, 0).status;
}

/* ---------------------------------------------------------------- pages */

static inline int64_t sys_map(struct page_batch *batch)
{
    return system_call_plain(SYS_MAP, (uint64_t)(uintptr_t)batch, 0, 0, 0, 0, 0).status;
}

static inline int64_t sys_unmap(struct page_batch *batch)
{
    return system_call_plain(SYS_UNMAP, (uint64_t)(uintptr_t)batch, 0, 0, 0, 0, 0).status;
}

static inline int64_t sys_protect(struct page_batch *batch)
{
    return system_call_plain(SYS_PROTECT, (uint64_t)(uintptr_t)batch, 0, 0, 0, 0, 0).status;
}

/* ---------------------------------------------------------------- objects and handles */

static inline int64_t sys_result_or_value(struct system_call_result result)
{
    return result.status != KERNEL_OK ? result.status : (int64_t)result.value;
}

/* Returns QUIRE_ABI_VERSION. */
static inline int64_t sys_version(void)
{
    return sys_result_or_value(system_call_plain(SYS_VERSION, 0, 0, 0, 0, 0, 0));
}

/* Returns the new object's handle. */
static inline int64_t sys_object_create(const struct object_create *create)
{
    return sys_result_or_value(
        system_call_plain(SYS_OBJECT_CREATE, (uint64_t)(uintptr_t)create, 0, 0, 0, 0, 0));
}

/* One bounded step; ERROR_AGAIN: call again. */
static inline int64_t sys_object_destroy(uint32_t handle)
{
    return system_call_plain(SYS_OBJECT_DESTROY, handle, 0, 0, 0, 0, 0).status;
}

/* Returns the new handle, in the table of `target_task` (0: the caller's). */
static inline int64_t sys_handle_copy(uint32_t handle, uint32_t target_task, uint32_t rights,
                                      uint64_t badge, uint32_t index_wanted)
{
    return sys_result_or_value(system_call_plain(SYS_HANDLE, handle, HANDLE_COPY, target_task,
                                                 rights, badge, index_wanted));
}

static inline int64_t sys_handle_close(uint32_t handle)
{
    return system_call_plain(SYS_HANDLE, handle, HANDLE_CLOSE, 0, 0, 0, 0).status;
}

static inline int64_t sys_handle_revoke(uint32_t handle)
{
    return system_call_plain(SYS_HANDLE, handle, HANDLE_REVOKE, 0, 0, 0, 0).status;
}

static inline int64_t sys_handle_grow(uint32_t task, uint32_t authority, uint64_t frame)
{
    return system_call_plain(SYS_HANDLE, task, HANDLE_GROW, authority, frame, 0, 0).status;
}

/* Returns type | rights << 8. */
static inline int64_t sys_handle_info(uint32_t handle)
{
    return sys_result_or_value(system_call_plain(SYS_HANDLE, handle, HANDLE_INFO, 0, 0, 0, 0));
}

static inline int64_t sys_handle_close_in(uint32_t task, uint32_t index)
{
    return system_call_plain(SYS_HANDLE, task, HANDLE_CLOSE_IN, index, 0, 0, 0).status;
}

/* ---------------------------------------------------------------- threads and tasks */

/* operation: enum thread_operation (with THREAD_BY_TOKEN: handle is a token) or task_operation. */
static inline int64_t sys_thread(uint64_t handle, uint32_t operation, uint64_t argument,
                                 uint64_t second_argument)
{
    return system_call_plain(SYS_THREAD, handle, operation, argument, second_argument, 0, 0).status;
}

static inline int64_t sys_thread_set_registers(uint32_t thread,
                                               const struct thread_registers *registers)
{
    return sys_thread(thread, THREAD_SET_REGISTERS, (uint64_t)(uintptr_t)registers, 0);
}

static inline int64_t sys_thread_get_registers(uint32_t thread, struct thread_registers *registers)
{
    return sys_thread(thread, THREAD_GET_REGISTERS, (uint64_t)(uintptr_t)registers, 0);
}

static inline int64_t sys_thread_start(uint32_t thread)
{
    return sys_thread(thread, THREAD_START, 0, 0);
}

static inline int64_t sys_thread_stop(uint32_t thread)
{
    return sys_thread(thread, THREAD_STOP, 0, 0);
}

/* ---------------------------------------------------------------- interrupts, time, ports */

static inline int64_t sys_irq_bind(uint32_t irq, uint32_t notification, uint64_t bits)
{
    return system_call_plain(SYS_IRQ, irq, IRQ_BIND, notification, bits, 0, 0).status;
}

static inline int64_t sys_irq_acknowledge(uint32_t irq)
{
    return system_call_plain(SYS_IRQ, irq, IRQ_ACKNOWLEDGE, 0, 0, 0, 0).status;
}

/* A message-signalled interrupt: what the device writes, and where. */
static inline int64_t sys_irq_info(uint32_t irq, uint64_t *address, uint32_t *data)
{
    struct system_call_result result = system_call_plain(SYS_IRQ, irq, IRQ_INFO, 0, 0, 0, 0);
    *address = result.value;
    *data = (uint32_t)result.second_value;
    return result.status;
}

/* Nanoseconds since boot. */
static inline uint64_t sys_clock_read(void)
{
    return system_call_plain(SYS_CLOCK, CLOCK_READ, 0, 0, 0, 0, 0).value;
}

static inline int64_t sys_clock_arm(uint32_t notification, uint64_t bits,
                                    uint64_t absolute_nanoseconds)
{
    return system_call_plain(SYS_CLOCK, CLOCK_ARM, notification, bits, absolute_nanoseconds, 0, 0)
        .status;
}

/* Reads give the value or, where the handle does not cover the port, a kernel_error. */
static inline int64_t sys_port_in(uint32_t ports, enum port_operation operation, uint16_t port)
{
    return sys_result_or_value(system_call_plain(SYS_PORT, ports, operation, port, 0, 0, 0));
}

static inline int64_t sys_port_out(uint32_t ports, enum port_operation operation, uint16_t port,
                                   uint32_t value)
{
    return system_call_plain(SYS_PORT, ports, operation, port, value, 0, 0).status;
}

#if QUIRE_DEBUG
/* To the kernel's serial console. */
static inline int64_t sys_debug_write(const char *bytes, size_t length)
{
    return system_call_plain(SYS_DEBUG, DEBUG_WRITE, (uint64_t)(uintptr_t)bytes, length, 0, 0, 0)
        .status;
}
#endif
