; Where a program begins: rdi = argc, rsi = argv, set by the process server. The stack
; pointer stands at a zero return address; the library wants it aligned as before a call.

bits 64
default rel

extern library_start
global _start

section .text.start progbits alloc exec nowrite align=16

_start:
    xor ebp, ebp
    and rsp, -16
    call library_start
    ud2
