; A multiboot2 program in the kernel's place, for the tests of scripts/quire: it prints a
; banner and its command line on COM1, and ends the way the letter behind '@' on the
; command line says:
;
;       @x  reports `exit 7`, powers off        @t  triple fault
;       @p  reports a panic                     @h  hangs
;       @d  leaves by isa-debug-exit, value 3   else powers off without a report
bits 32

SERIAL equ 0x3f8
REPORT equ 0xe9
DEBUG_EXIT equ 0xf4
; ACPI's PM1a control register where SeaBIOS and OVMF put it on QEMU's q35; sleep type 0
; with the enable bit is power-off there.
PM1A_CONTROL equ 0x604
POWER_OFF equ 0x2000
TAG_COMMAND_LINE equ 1

section .multiboot align=8
header:
        dd 0xe85250d6, 0, header_end - header, -(0xe85250d6 + (header_end - header))
        dw 0, 0
        dd 8
header_end:

section .text
global _start
_start:
        mov esp, stack_top
        lea esi, [ebx + 8]              ; the first tag of the boot information
        mov edi, banner
        mov dx, SERIAL
        call put_string
.next_tag:
        mov eax, [esi]
        test eax, eax
        jz .tags_end
        cmp eax, TAG_COMMAND_LINE
        jne .skip
        lea edi, [esi + 8]
        mov [command_line], edi
        call put_string
        mov edi, line_end
        call put_string
.skip:
        mov eax, [esi + 4]
        add eax, 7
        and eax, -8
        add esi, eax
        jmp .next_tag
.tags_end:
        mov edi, [command_line]
.find:
        mov al, [edi]
        inc edi
        test al, al
        jz power_off
        cmp al, '@'
        jne .find
        mov al, [edi]
        cmp al, 'x'
        je report_exit
        cmp al, 'p'
        je report_panic
        cmp al, 't'
        je triple_fault
        cmp al, 'h'
        je hang
        cmp al, 'd'
        je debug_exit
power_off:
        mov dx, PM1A_CONTROL
        mov ax, POWER_OFF
        out dx, ax
hang:
        cli
        hlt
        jmp hang

report_exit:
        mov edi, exit_line
        mov dx, REPORT
        call put_string
        jmp power_off

report_panic:
        mov edi, panic_line
        mov dx, REPORT
        call put_string
        mov eax, 0x3f
        jmp leave_with_eax
debug_exit:
        mov eax, 3
leave_with_eax:
        mov dx, DEBUG_EXIT
        out dx, eax
        jmp hang

triple_fault:
        lidt [empty_table]
        int3

; Writes the NUL-terminated string at edi to port dx.
put_string:
        mov al, [edi]
        test al, al
        jz .end
        out dx, al
        inc edi
        jmp put_string
.end:
        ret

section .data
command_line: dd line_end + 2
empty_table: dw 0
        dd 0
banner: db "Quire boot probe", 13, 10, 0
line_end: db 13, 10, 0
exit_line: db "exit 7", 10, 0
panic_line: db "panic out of patience", 10, 0

section .bss
        resb 4096
stack_top:
