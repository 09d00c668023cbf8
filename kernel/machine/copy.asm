; Copies between kernel and user memory, the only code that touches user addresses. A fault
; in an instruction listed in .fault_fixups continues at the address beside it (trap.c).
;
; STAC and CLAC stand as 3-byte NOPs until cpu.c has found SMAP.

bits 64
default rel

%include "context.inc"

%macro PATCHED 1                        ; last byte of the instruction: 0xcb STAC, 0xca CLAC
%%site:
    db 0x0f, 0x1f, 0x00
    [section .smap_patches]
    dq %%site
    db 0x0f, 0x01, %1, 0, 0, 0, 0, 0
    __?SECT?__
%endmacro
%define STAC_WHERE_SMAP PATCHED 0xcb
%define CLAC_WHERE_SMAP PATCHED 0xca

%macro MAY_FAULT 2                      ; label, instruction
%1:
    %2
    [section .fault_fixups]
    dq %1, copy_failed
    __?SECT?__
%endmacro

section .text

; bool copy_to_user(user_address rdi, const void *rsi, size_t rdx)
global copy_to_user
copy_to_user:
    mov rax, rdi
    jmp copy

; bool copy_from_user(void *rdi, user_address rsi, size_t rdx)
global copy_from_user
copy_from_user:
    mov rax, rsi
copy:
    add rax, rdx                        ; end of the user range
    jc out_of_range
    mov rcx, USER_ADDRESS_LIMIT
    cmp rax, rcx
    ja out_of_range
    mov ecx, edx
    and ecx, 7
    shr rdx, 3
    xchg rcx, rdx
    STAC_WHERE_SMAP
    MAY_FAULT copy_words, rep movsq
    mov ecx, edx
    MAY_FAULT copy_bytes, rep movsb
    CLAC_WHERE_SMAP
    mov eax, 1
    ret

copy_failed:
    CLAC_WHERE_SMAP
out_of_range:
    xor eax, eax
    ret
