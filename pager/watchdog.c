/*
 * The watchdog: a second thread of the pager, above the first in priority, that ends hooks of
 * policies which run too long or do what they may not.
 *
 * It gets the pager's page faults and exceptions, and a timer that is armed only while hooks
 * are called: the first hook after a quiet time arms it, each ring arms it again if hooks were
 * called since. Only a hook that is still the same for HOOK_PERIODS rings is ended.
 *
 * Policies in tasks of their own (policy_task.c) it ends by stopping their task; theirs are the faults
 * with a badge. It also looks whether one of them runs though the pager did not call it.
 *
 * A fault outside of policy code is the pager's own. Then the watchdog resigns, the fault
 * happens again, and the kernel reports it as it does where there is no watchdog.
 */
#include "address_space.h"
#include "containment.h"
#include "donation.h"
#include "kernel_interface.h"
#include "memory.h"
#include "policy_task.h"
#include "wired_map.h"

#include <quire/server.h>

#define BIT_TIMER 1u
/* Short, because a run with QEMU's --icount passes idle time by going on to the next timer. */
#define PERIOD_NANOSECONDS (4ull * 1000000)
/* Together more than a second: a machine that is short of time itself must not lose its policies. */
#define HOOK_PERIODS 400
#define PRIORITY_WATCHDOG THREAD_PRIORITY_MAX
#define STACK_BYTES 8192
/* Of a store to a page that is there: without the right to write, or with a key that forbids it. */
#define STORE_REFUSED (FAULT_ACCESS_PRESENT | FAULT_ACCESS_WRITE)

static _Alignas(16) uint8_t stack[STACK_BYTES];
static uint32_t endpoint, notification;
static volatile bool armed;
static bool running; /* false before boot and after resignation */

static void arm(void)
{
    armed = true;
    sys_clock_arm(notification, BIT_TIMER, sys_clock_read() + PERIOD_NANOSECONDS);
}

void watchdog_watch(void)
{
    if (!armed && running)
        arm();
}

/* ---------------------------------------------------------------- the thread */

static void redirect(struct thread_registers *registers)
{
    registers->rip = (uint64_t)(uintptr_t)hook_abandoned;
    registers->rsp = hook_guard.stack;
}

/* The pager's thread stands still, in the middle of a hook, because this one has the processor. */
static void end_hook(void)
{
    struct thread_registers registers;
    if (hook_guard.task != NULL)
        return policy_task_end(hook_guard.task, TRACE_CONTAINED_LOOP);
    hook_guard.reason = TRACE_CONTAINED_LOOP;
    if (hook_guard.in_question) {
        hook_guard.expired = true;
        return;
    }
    if (sys_thread_stop(BOOT_HANDLE_THREAD) != KERNEL_OK ||
        sys_thread_get_registers(BOOT_HANDLE_THREAD, &registers) != KERNEL_OK)
        return;
    redirect(&registers);
    sys_thread_set_registers(BOOT_HANDLE_THREAD, &registers);
    sys_thread_start(BOOT_HANDLE_THREAD);
}

static void timer_rang(void)
{
    static uint64_t seen;
    static uint32_t periods;
    armed = false;
    policy_tasks_check();
    if (!hook_guard.active && hook_guard.sequence == seen) {
        periods = 0;
        return;
    }
    periods = hook_guard.active && hook_guard.sequence == seen ? periods + 1 : 0;
    seen = hook_guard.sequence;
    if (periods >= HOOK_PERIODS) {
        periods = 0;
        end_hook();
    }
    arm();
}

static _Noreturn void resign(void)
{
    running = false;
    while (sys_object_destroy(endpoint) == ERROR_AGAIN)
        continue;
    for (;;) {
        struct message message = {0};
        sys_wait(0, &message);
    }
}

/* A fault or exception of the pager's thread, or of a policy's task, which is not answered: it has
   nothing left to run for. */
static void handle_fault(const struct message *message)
{
    if (message->badge != 0)
        return policy_task_end((struct policy_task *)message->badge, TRACE_CONTAINED_FAULT);
    struct thread_registers registers;
    bool is_fault = TAG_KIND(message->tag) == MESSAGE_FAULT;
    struct message answer = {
        .tag = MAKE_TAG(is_fault ? (uint32_t)FAULT_RETRY : EXCEPTION_RESUME, is_fault ? 0 : 2, 0)};
    bool known = sys_thread(message->reply_token, THREAD_BY_TOKEN | THREAD_GET_REGISTERS,
                            (uint64_t)(uintptr_t)&registers, 0) == KERNEL_OK;
    bool policys = known && hook_guard.active && !hook_guard.in_question;
    if (policys) {
        hook_guard.reason = TRACE_CONTAINED_FAULT;
        hook_guard.stored =
            is_fault && (message->words[FAULT_ACCESS] & STORE_REFUSED) == STORE_REFUSED;
        redirect(&registers);
        sys_thread(message->reply_token, THREAD_BY_TOKEN | THREAD_SET_REGISTERS,
                   (uint64_t)(uintptr_t)&registers, 0);
    }
    answer.words[0] = registers.rip;
    answer.words[1] = registers.rax;
    sys_reply(message->reply_token, &answer);
    if (!policys)
        resign();
}

static _Noreturn void watch(void)
{
    for (;;) {
        struct message message = {0};
        if (sys_wait(endpoint, &message) != KERNEL_OK)
            resign();
        if (TAG_KIND(message.tag) == MESSAGE_NOTIFICATION)
            timer_rang();
        else
            handle_fault(&message);
    }
}

int64_t watchdog_attach(struct policy_task *task, uint32_t task_handle)
{
    if (!running)
        return ERROR_STATE;
    int64_t badged = handle_make_badged(endpoint, (uint64_t)(uintptr_t)task);
    if (badged < 0)
        return badged;
    int64_t status = sys_thread(task_handle, TASK_SET_FAULT_ENDPOINT, (uint64_t)badged, 0);
    if (status == KERNEL_OK)
        status = sys_thread(task_handle, TASK_SET_EXCEPTION_ENDPOINT, (uint64_t)badged, 0);
    sys_handle_close((uint32_t)badged);
    return status;
}

/* ---------------------------------------------------------------- boot */

static void check(int64_t status, const char *what)
{
    if (status < 0)
        server_panic("pager: no %s for the watchdog of policies (%ld)", what, (long)status);
}

void watchdog_boot(void)
{
    endpoint = small_object_create(OBJECT_ENDPOINT, 0, 0);
    notification = small_object_create(OBJECT_NOTIFICATION, 0, 0);
    struct object_create create = {
        .authority = BOOT_HANDLE_MEMORY,
        .type = OBJECT_THREAD,
        .frames = {donation_take(PAGE_STATE_OBJECT)},
        .parent = BOOT_HANDLE_TASK,
    };
    if (endpoint == 0 || notification == 0 || create.frames[0] == 0)
        server_panic("pager: no memory for the watchdog of policies");
    int64_t thread = sys_object_create(&create);
    check(thread, "thread");
    struct thread_registers registers = {
        .rip = (uint64_t)(uintptr_t)watch,
        .rsp = (uint64_t)(uintptr_t)(stack + STACK_BYTES) - sizeof(uint64_t),
    };
    check(sys_thread_set_registers((uint32_t)thread, &registers), "registers");
    check(sys_thread((uint32_t)thread, THREAD_BIND_NOTIFICATION, notification, 0), "notification");
    check(sys_thread((uint32_t)thread, THREAD_SET_PRIORITY, PRIORITY_WATCHDOG, 0), "priority");
    check(sys_thread(BOOT_HANDLE_TASK, TASK_SET_FAULT_ENDPOINT, endpoint, 0), "faults");
    check(sys_thread(BOOT_HANDLE_TASK, TASK_SET_EXCEPTION_ENDPOINT, endpoint, 0), "exceptions");
    check(sys_thread_start((uint32_t)thread), "processor");
    running = true;
}
