/*
 * From the core to policy code and back: stacks and rights. See containment.h.
 *
 *      the core's stack                           the policies' stack, an unmapped page below
 *      ... hook_run_function                      |
 *      [registers to keep, place of the result]   |
 *      ^ hook_guard.stack --- hook_call --------> [the hook ...
 *      [the core's answer] <--- question_call --- [... policy_looked()
 *
 * All registers that a function must keep are at hook_guard.stack, so that going on from there with
 * nothing else known is a return: hook_abandoned is the same return with another answer.
 *
 * WRPKRU is written by bytes: rights in eax, ecx and edx zero (SDM volume 2). Zero is every right.
 */
#include "containment.h"

#include <stddef.h>

_Static_assert(offsetof(struct hook_guard, stack) == 0 &&
                   offsetof(struct hook_guard, policy_stack) == 8 &&
                   offsetof(struct hook_guard, policy_rights) == 16,
               "used by number below");

__asm__(".text\n"
        ".globl hook_call, hook_abandoned, question_call\n"
        ".type hook_call, @function\n"
        ".type hook_abandoned, @function\n"
        ".type question_call, @function\n"

        "hook_call:\n" /* rdi function, rsi arguments, rdx result */
        "    push %rbp\n"
        "    push %rbx\n"
        "    push %r12\n"
        "    push %r13\n"
        "    push %r14\n"
        "    push %r15\n"
        "    push %rdx\n"
        "    mov %rsp, hook_guard(%rip)\n"
        "    mov %rdi, %r11\n"
        "    mov %rsi, %r10\n"
        "    mov 8+hook_guard(%rip), %rcx\n"
        "    test %rcx, %rcx\n"
        "    cmovnz %rcx, %rsp\n"
        "    mov 16+hook_guard(%rip), %eax\n"
        "    test %eax, %eax\n"
        "    jz 1f\n"
        "    xor %ecx, %ecx\n"
        "    xor %edx, %edx\n"
        "    .byte 0x0f, 0x01, 0xef\n"
        "1:  mov (%r10), %rdi\n"
        "    mov 8(%r10), %rsi\n"
        "    mov 16(%r10), %rdx\n"
        "    mov 24(%r10), %rcx\n"
        "    call *%r11\n"
        "    mov %rax, %r8\n"
        "    mov $1, %r9d\n"
        "    jmp 2f\n"
        "hook_abandoned:\n"
        "    cld\n"
        "    xor %r9d, %r9d\n"
        "2:  cmpl $0, 16+hook_guard(%rip)\n"
        "    je 3f\n"
        "    xor %eax, %eax\n"
        "    xor %ecx, %ecx\n"
        "    xor %edx, %edx\n"
        "    .byte 0x0f, 0x01, 0xef\n"
        "3:  mov hook_guard(%rip), %rsp\n"
        "    pop %rdx\n"
        "    test %r9d, %r9d\n"
        "    jz 4f\n"
        "    mov %r8, (%rdx)\n"
        "4:  mov %r9d, %eax\n"
        "    pop %r15\n"
        "    pop %r14\n"
        "    pop %r13\n"
        "    pop %r12\n"
        "    pop %rbx\n"
        "    pop %rbp\n"
        "    ret\n"
        ".size hook_call, . - hook_call\n"

        "question_call:\n" /* rdi answer, rsi and rdx its arguments */
        "    push %rbp\n"
        "    mov %rsp, %rbp\n"
        "    mov %rdi, %r11\n"
        "    mov %rsi, %rdi\n"
        "    mov %rdx, %rsi\n"
        "    cmpq $0, 8+hook_guard(%rip)\n"
        "    je 5f\n"
        "    mov hook_guard(%rip), %rsp\n"
        "5:  cmpl $0, 16+hook_guard(%rip)\n"
        "    je 6f\n"
        "    xor %eax, %eax\n"
        "    xor %ecx, %ecx\n"
        "    xor %edx, %edx\n"
        "    .byte 0x0f, 0x01, 0xef\n"
        "6:  call *%r11\n"
        "    mov %rax, %r8\n"
        "    mov 16+hook_guard(%rip), %eax\n"
        "    test %eax, %eax\n"
        "    jz 7f\n"
        "    xor %ecx, %ecx\n"
        "    xor %edx, %edx\n"
        "    .byte 0x0f, 0x01, 0xef\n"
        "7:  mov %r8, %rax\n"
        "    mov %rbp, %rsp\n"
        "    pop %rbp\n"
        "    ret\n"
        ".size question_call, . - question_call\n");

_Noreturn void hook_abandon(void)
{
    __asm__ volatile("jmp hook_abandoned");
    __builtin_unreachable();
}

void hook_full_rights(void)
{
    __asm__ volatile(".byte 0x0f, 0x01, 0xef" : : "a"(0), "c"(0), "d"(0) : "memory");
}
