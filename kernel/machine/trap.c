/*
 * Where exceptions and interrupts go. From user mode: to the core, or to the FPU switch.
 * From the kernel: a fault in a copy routine continues at its fix-up, an interrupt can only
 * have hit the idle loop, and all else is the kernel's own mistake and ends in panic().
 */
#include "trap.h"
#include "fpu.h"
#include "machine.h"
#include "x86.h"

struct fault_fixup {
    uint64_t faulting, continue_at;
};
extern const struct fault_fixup fault_fixups_start[], fault_fixups_end[];

extern const uint8_t syscall_entry[];

/* Called by entry.asm. */
void user_trap(struct thread *thread, uint32_t vector, uint64_t error_code);
void user_resumes_outside(struct thread *thread);
void kernel_trap(struct trap_frame *frame);
_Noreturn void unmaskable_trap(struct trap_frame *frame);

void user_trap(struct thread *thread, uint32_t vector, uint64_t error_code)
{
    if (vector >= VECTOR_EXCEPTIONS)
        interrupt(vector);
    else if (vector != VECTOR_DEVICE_NOT_AVAILABLE || !fpu_trap(thread))
        user_exception(thread, vector, error_code);
}

/* The CPU would report a jump to a non-canonical address just so. */
void user_resumes_outside(struct thread *thread)
{
    user_exception(thread, VECTOR_GENERAL_PROTECTION, 0);
}

static const char *exception_name(uint64_t vector)
{
    static const char *const names[VECTOR_EXCEPTIONS] = {
        [0] = "divide error",
        [1] = "debug",
        [2] = "NMI",
        [3] = "breakpoint",
        [4] = "overflow",
        [5] = "bound range",
        [6] = "invalid opcode",
        [7] = "device not available",
        [8] = "double fault",
        [10] = "invalid TSS",
        [11] = "segment missing",
        [12] = "stack fault",
        [13] = "general protection",
        [14] = "page fault",
        [16] = "x87 error",
        [17] = "alignment check",
        [18] = "machine check",
        [19] = "SIMD error",
        [21] = "control protection",
    };
    return vector < VECTOR_EXCEPTIONS && names[vector] != NULL ? names[vector]
                                                               : "unexpected exception";
}

void kernel_trap(struct trap_frame *frame)
{
    if (frame->vector >= VECTOR_EXCEPTIONS) {
        interrupt((uint32_t)frame->vector);
        return;
    }
    /* A CPU may report a user's single-stepped SYSCALL only on the kernel's first instruction,
       with the user's stack pointer and GS. The user sees the trap when it gets back. */
    if (frame->vector == VECTOR_DEBUG && frame->rip == (uint64_t)syscall_entry)
        return;
    if (frame->vector == VECTOR_PAGE_FAULT || frame->vector == VECTOR_GENERAL_PROTECTION) {
        for (const struct fault_fixup *fixup = fault_fixups_start; fixup < fault_fixups_end;
             fixup++) {
            if (fixup->faulting == frame->rip) {
                frame->rip = fixup->continue_at;
                return;
            }
        }
    }
    panic_trap(frame, exception_name(frame->vector));
}

void unmaskable_trap(struct trap_frame *frame)
{
    panic_trap(frame, exception_name(frame->vector));
}
