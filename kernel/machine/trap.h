/* Registers as entry.asm pushes them when the kernel itself is interrupted. */
#pragma once

#include <stdint.h>

struct trap_frame {
    uint64_t rax, rbx, rcx, rdx, rsi, rdi, rbp;
    uint64_t r8, r9, r10, r11, r12, r13, r14, r15;
    uint64_t vector, error_code;
    uint64_t rip, cs, rflags, rsp, ss;
};

/* panic.c: with all registers, and a backtrace from where the trap hit. */
_Noreturn void panic_trap(const struct trap_frame *frame, const char *reason);

/* interrupt.c: acknowledges the controller and tells the core. */
void interrupt(uint32_t vector);
