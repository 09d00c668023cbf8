; Where a server begins. Its memory is loaded and zeroed, its stack is wired and its start
; structure is mapped: nothing is left to do but to call server_main(start).
; In a file of its own, so that a server may bring another _start.

default rel
bits 64

SERVER_START_ADDRESS equ 0x0000700000000000     ; server_start.h; boot_information.h has the same

global _start
extern server_main

section .text.start progbits alloc exec nowrite align=16
_start:
        xor     ebp, ebp                        ; the end of every backtrace
        and     rsp, -16
        mov     rdi, SERVER_START_ADDRESS
        call    server_main
        ud2                                     ; a server does not return

section .note.GNU-stack noalloc noexec nowrite progbits
