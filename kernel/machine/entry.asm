; Entry from user mode and the way back.
;
; SYSCALL saves straight into the current thread's machine_context (machine.h), with the
; stack pointer aimed at it, and only then takes the CPU's kernel stack. Faults and
; interrupts arrive on that stack and are moved to the same place. Interrupts are off in
; the kernel; what cannot be held off (NMI, machine check, double fault, debug) has stacks of
; its own, so rsp may be anything here.
;
; An address outside the lower half would fault inside SYSRET or IRET with kernel privilege.
; Behind a SYSCALL there is none, because the last page of that half is never mapped; IRET's
; is tested, and the thread gets an exception instead.

bits 64
default rel

%include "context.inc"

extern system_call, user_fault
extern user_trap, user_resumes_outside, kernel_trap, unmaskable_trap

; A 3-byte NOP that cpu.c turns into CLAC on a CPU with SMAP: interrupt gates do not clear
; the AC flag, and a user may have set it.
%macro CLAC_WHERE_SMAP 0
%%site:
    db 0x0f, 0x1f, 0x00
    [section .smap_patches]
    dq %%site
    db 0x0f, 0x01, 0xca, 0, 0, 0, 0, 0
    __?SECT?__
%endmacro

section .text

global syscall_entry
syscall_entry:
    swapgs
    mov [gs:CPU_SCRATCH], rsp
    mov rsp, [gs:CPU_CURRENT]
    mov [rsp + CONTEXT_RAX], rax
    mov [rsp + CONTEXT_RBX], rbx
    mov [rsp + CONTEXT_RDX], rdx
    mov [rsp + CONTEXT_RSI], rsi
    mov [rsp + CONTEXT_RDI], rdi
    mov [rsp + CONTEXT_RBP], rbp
    mov [rsp + CONTEXT_R8], r8
    mov [rsp + CONTEXT_R9], r9
    mov [rsp + CONTEXT_R10], r10
    mov [rsp + CONTEXT_R12], r12
    mov [rsp + CONTEXT_R13], r13
    mov [rsp + CONTEXT_R14], r14
    mov [rsp + CONTEXT_R15], r15
    mov [rsp + CONTEXT_RIP], rcx
    mov [rsp + CONTEXT_RFLAGS], r11
    mov rcx, [gs:CPU_SCRATCH]
    mov [rsp + CONTEXT_RSP], rcx
    mov qword [rsp + CONTEXT_SYSRET_ALLOWED], 1
    mov rdi, rsp
    mov rsp, [gs:CPU_KERNEL_STACK_TOP]
    xor ebp, ebp                        ; a panic's backtrace ends here
    call system_call
    ; fall through

global machine_resume
machine_resume:
    mov rdi, [gs:CPU_CURRENT]
    test rdi, rdi
    jz idle
global resume_current
resume_current:                         ; rdi: the current thread
    mov rcx, [rdi + CONTEXT_RIP]
    cmp qword [rdi + CONTEXT_SYSRET_ALLOWED], 0
    je return_by_iret
    mov r11, [rdi + CONTEXT_RFLAGS]
    mov rax, [rdi + CONTEXT_RAX]
    mov rbx, [rdi + CONTEXT_RBX]
    mov rdx, [rdi + CONTEXT_RDX]
    mov rsi, [rdi + CONTEXT_RSI]
    mov rbp, [rdi + CONTEXT_RBP]
    mov rsp, [rdi + CONTEXT_RSP]
    mov r8, [rdi + CONTEXT_R8]
    mov r9, [rdi + CONTEXT_R9]
    mov r10, [rdi + CONTEXT_R10]
    mov r12, [rdi + CONTEXT_R12]
    mov r13, [rdi + CONTEXT_R13]
    mov r14, [rdi + CONTEXT_R14]
    mov r15, [rdi + CONTEXT_R15]
    mov rdi, [rdi + CONTEXT_RDI]
    swapgs
    o64 sysret

return_by_iret:
    mov r11, rcx
    shr r11, 47
    jnz outside
    mov rsp, [gs:CPU_KERNEL_STACK_TOP]
    push SELECTOR_USER_SS
    push qword [rdi + CONTEXT_RSP]
    push qword [rdi + CONTEXT_RFLAGS]
    push SELECTOR_USER_CS
    push rcx                            ; rip
    mov rax, [rdi + CONTEXT_RAX]
    mov rbx, [rdi + CONTEXT_RBX]
    mov rcx, [rdi + CONTEXT_RCX]
    mov rdx, [rdi + CONTEXT_RDX]
    mov rsi, [rdi + CONTEXT_RSI]
    mov rbp, [rdi + CONTEXT_RBP]
    mov r8, [rdi + CONTEXT_R8]
    mov r9, [rdi + CONTEXT_R9]
    mov r10, [rdi + CONTEXT_R10]
    mov r11, [rdi + CONTEXT_R11]
    mov r12, [rdi + CONTEXT_R12]
    mov r13, [rdi + CONTEXT_R13]
    mov r14, [rdi + CONTEXT_R14]
    mov r15, [rdi + CONTEXT_R15]
    mov rdi, [rdi + CONTEXT_RDI]
    swapgs
    iretq

outside:
    mov rsp, [gs:CPU_KERNEL_STACK_TOP]
    xor ebp, ebp
    call user_resumes_outside
    jmp machine_resume

; Nobody to run. STI takes effect after HLT has begun, so no wake-up falls between the test
; and the sleep. The handler returns here, having made a thread current or not.
idle:
    mov rsp, [gs:CPU_KERNEL_STACK_TOP]
    xor ebp, ebp
    sti
    hlt
    cli
    jmp machine_resume

; On the stack: vector, error code, rip, cs, rflags, rsp, ss.
trap:
    cld
    CLAC_WHERE_SMAP
    test byte [rsp + 24], 3
    jz trap_in_kernel
    swapgs
    push rax
    mov rax, [gs:CPU_CURRENT]
    mov [rax + CONTEXT_RBX], rbx
    mov [rax + CONTEXT_RCX], rcx
    mov [rax + CONTEXT_RDX], rdx
    mov [rax + CONTEXT_RSI], rsi
    mov [rax + CONTEXT_RDI], rdi
    mov [rax + CONTEXT_RBP], rbp
    mov [rax + CONTEXT_R8], r8
    mov [rax + CONTEXT_R9], r9
    mov [rax + CONTEXT_R10], r10
    mov [rax + CONTEXT_R11], r11
    mov [rax + CONTEXT_R12], r12
    mov [rax + CONTEXT_R13], r13
    mov [rax + CONTEXT_R14], r14
    mov [rax + CONTEXT_R15], r15
    mov qword [rax + CONTEXT_SYSRET_ALLOWED], 0
    pop qword [rax + CONTEXT_RAX]
    pop rsi                             ; vector
    pop rdx                             ; error code
    pop qword [rax + CONTEXT_RIP]
    pop rcx                             ; cs
    pop qword [rax + CONTEXT_RFLAGS]
    pop qword [rax + CONTEXT_RSP]
    mov rsp, [gs:CPU_KERNEL_STACK_TOP]
    xor ebp, ebp
    mov rdi, rax
    cmp esi, VECTOR_PAGE_FAULT
    jne .other
    mov rsi, cr2
    and edx, PAGE_FAULT_ACCESS_MASK
    call user_fault
    jmp machine_resume
.other:
    call user_trap
    jmp machine_resume

; struct trap_frame of trap.h
%macro PUSH_TRAP_FRAME 0
    push r15
    push r14
    push r13
    push r12
    push r11
    push r10
    push r9
    push r8
    push rbp
    push rdi
    push rsi
    push rdx
    push rcx
    push rbx
    push rax
%endmacro

; A fault in a copy routine, an interrupt while idle, or the kernel's own mistake.
trap_in_kernel:
    PUSH_TRAP_FRAME
    mov rdi, rsp
    mov rbx, rsp
    and rsp, -16
    call kernel_trap
    mov rsp, rbx
    pop rax
    pop rbx
    pop rcx
    pop rdx
    pop rsi
    pop rdi
    pop rbp
    pop r8
    pop r9
    pop r10
    pop r11
    pop r12
    pop r13
    pop r14
    pop r15
    add rsp, 16
    iretq

; These may arrive between SWAPGS and the stack switch, so the GS base tells whose it is:
; the kernel's is in the upper half.
unmaskable:
    PUSH_TRAP_FRAME
    cld
    CLAC_WHERE_SMAP
    mov ecx, MSR_GS_BASE
    rdmsr
    test edx, edx
    js .kernel_gs
    swapgs
.kernel_gs:
    mov rdi, rsp
    and rsp, -16
    call unmaskable_trap                ; does not return

; The CPU pushes an error code for some exceptions; the others get a zero.
%define HAS_ERROR_CODE(v) ((v) == 8 || ((v) >= 10 && (v) <= 14) || (v) == 17 || (v) == 21 || (v) == 29 || (v) == 30)
%define IS_UNMASKABLE(v) ((v) == 2 || (v) == 8 || (v) == 18)

%assign vector 0
%rep 256
stub_%+vector:
%if !HAS_ERROR_CODE(vector)
    push 0
%endif
    push vector
%if IS_UNMASKABLE(vector)
    jmp unmaskable
%else
    jmp trap
%endif
%assign vector vector + 1
%endrep

section .rodata
global trap_stubs
align 8
trap_stubs:
%assign vector 0
%rep 256
    dq stub_%+vector
%assign vector vector + 1
%endrep
