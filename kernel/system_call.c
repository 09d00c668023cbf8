/*
 * The system-call table. Entry code has saved the registers of `thread`, the current one, and
 * resumes whichever thread is current on return.
 */
#include "debug.h"
#include "endpoint.h"
#include "fault.h"
#include "handle.h"
#include "irq.h"
#include "notification.h"
#include "page_batch.h"
#include "scheduler.h"

static void system_version(struct thread *thread)
{
    thread->context.registers.rdx = QUIRE_ABI_VERSION;
    thread_set_status(thread, KERNEL_OK);
}

typedef void system_call_function(struct thread *thread);

static system_call_function *const system_calls[SYS_COUNT] = {
    [SYS_VERSION] = system_version,
    [SYS_CALL] = system_call_endpoint,
    [SYS_REPLY_AND_WAIT] = system_reply_and_wait,
    [SYS_WAIT] = system_wait,
    [SYS_REPLY] = system_reply,
    [SYS_NOTIFY] = system_notify,
    [SYS_MAP] = system_map,
    [SYS_UNMAP] = system_unmap,
    [SYS_PROTECT] = system_protect,
    [SYS_OBJECT_CREATE] = system_object_create,
    [SYS_OBJECT_DESTROY] = system_object_destroy,
    [SYS_HANDLE] = system_handle,
    [SYS_THREAD] = system_thread,
    [SYS_IRQ] = system_irq,
    [SYS_CLOCK] = system_clock,
    [SYS_PORT] = system_port,
#ifdef QUIRE_DEBUG
    [SYS_DEBUG] = system_debug,
#else
    [SYS_DEBUG] = foreign_system_call,
#endif
};

void system_call(struct thread *thread)
{
    uint64_t number = thread->context.registers.rax;
    if (__builtin_expect(number < SYS_COUNT && !thread->task->foreign, 1))
        system_calls[number](thread);
    else
        foreign_system_call(thread);
    if (this_scheduler()->reschedule)
        scheduler_settle();
}
