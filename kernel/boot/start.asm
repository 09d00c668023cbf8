; From the boot loader to C.
;
; GRUB enters `start` in 32-bit protected mode, paging off, on BIOS and on UEFI: eax holds
; multiboot2's magic number, ebx the physical address of its information. The header lets
; GRUB move the image to any 2 MiB boundary, so the 32-bit code finds its own address
; (kept in ebp) and reaches everything relative to it.
;
; Boot page tables, replaced by boot/paging.c:
;
;      0x0000000000000000   first 4 GiB, to get across
;      0xffff800000000000   first 4 GiB, where the direct map will be
;      0xffffffff80000000   the image's own 1 GiB; 2 MiB above the start is the image

%define MULTIBOOT_HEADER_MAGIC 0xe85250d6
%define MULTIBOOT_ARCHITECTURE_I386 0
%define TAG_INFORMATION_REQUEST 1
%define TAG_FRAMEBUFFER 5
%define TAG_MODULE_ALIGNMENT 6
%define TAG_RELOCATABLE 10
%define TAG_OPTIONAL 1
%define IMAGE_ALIGNMENT 0x200000

%define PAGE_ENTRY_TABLE 0x3            ; present, writable
%define PAGE_ENTRY_LARGE 0x83
%define LARGE_PAGE 0x200000

%define CR0_PAGING_PROTECTION 0x80000001
%define CR4_PAE (1 << 5)
%define MSR_EFER 0xc0000080
%define EFER_LONG_MODE (1 << 8)
%define CPUID_LONG_MODE (1 << 29)

%define KERNEL_STACK_BYTES 16384

; Distances from the image's start, from kernel.ld.
extern boot_tables_offset, boot_stack_offset, boot_start_offset
extern boot_main

section .multiboot progbits alloc noexec nowrite align=8
header:
    dd MULTIBOOT_HEADER_MAGIC
    dd MULTIBOOT_ARCHITECTURE_I386
    dd header_end - header
    dd 0x100000000 - (MULTIBOOT_HEADER_MAGIC + MULTIBOOT_ARCHITECTURE_I386 + (header_end - header))
align 8
information_request:
    dw TAG_INFORMATION_REQUEST, TAG_OPTIONAL
    dd .end - information_request
    dd 1, 3, 6, 8, 9, 14, 15            ; command line, modules, memory map, framebuffer,
.end:                                   ; ELF sections, old RSDP, new RSDP
align 8
    dw TAG_FRAMEBUFFER, TAG_OPTIONAL
    dd 20
    dd 0, 0, 0                          ; any size, any depth
align 8
    dw TAG_MODULE_ALIGNMENT, 0
    dd 8
align 8
    dw TAG_RELOCATABLE, TAG_OPTIONAL
    dd 24
    dd IMAGE_ALIGNMENT, 0x3fffffff      ; lowest address, highest address
    dd IMAGE_ALIGNMENT, 1               ; alignment, preferably low
align 8
    dw 0, 0
    dd 8
header_end:

section .boot_text progbits alloc exec nowrite align=16
bits 32
global start
start:
    cli
    cld
    mov edi, eax                        ; the magic number
    lea esp, [ebx + 8]                  ; no stack yet: the information's reserved word is one
    call .here
.here:
    pop ebp
    sub ebp, .here - start
    sub ebp, boot_start_offset          ; physical address of the image
    lea esp, [ebp + boot_stack_offset]
    mov esi, ebx

    mov eax, 0x80000000
    cpuid
    cmp eax, 0x80000001
    jb no_long_mode
    mov eax, 0x80000001
    cpuid
    test edx, CPUID_LONG_MODE
    jz no_long_mode

; Tables: 0 root, 1 low 512 GiB, 2 top 512 GiB, 3..6 the four GiB, 7 the image.
    lea ebx, [ebp + boot_tables_offset]
    lea eax, [ebx + 0x1000 + PAGE_ENTRY_TABLE]
    mov [ebx], eax
    mov [ebx + 256 * 8], eax
    add eax, 0x1000
    mov [ebx + 511 * 8], eax
    mov ecx, 0
.four_gibibytes:
    lea eax, [ecx + 3]
    shl eax, 12
    lea eax, [ebx + eax + PAGE_ENTRY_TABLE]
    mov [ebx + 0x1000 + ecx * 8], eax
    inc ecx
    cmp ecx, 4
    jb .four_gibibytes
    lea eax, [ebx + 0x7000 + PAGE_ENTRY_TABLE]
    mov [ebx + 0x2000 + 510 * 8], eax

    xor ecx, ecx
    mov eax, PAGE_ENTRY_LARGE
.large_pages:
    mov [ebx + 0x3000 + ecx * 8], eax
    add eax, LARGE_PAGE
    inc ecx
    cmp ecx, 4 * 512
    jb .large_pages

    mov ecx, 1                          ; the image is linked 2 MiB above -2 GiB
    lea eax, [ebp + PAGE_ENTRY_LARGE]
.image_pages:
    mov [ebx + 0x7000 + ecx * 8], eax
    add eax, LARGE_PAGE
    inc ecx
    cmp ecx, 16
    jb .image_pages

    mov eax, cr4
    or eax, CR4_PAE
    mov cr4, eax
    mov cr3, ebx
    mov ecx, MSR_EFER
    rdmsr
    or eax, EFER_LONG_MODE
    wrmsr
    mov eax, cr0
    or eax, CR0_PAGING_PROTECTION
    mov cr0, eax

    lea eax, [ebp + boot_start_offset]
    lea ecx, [eax + gdt - start]
    push ecx
    push word gdt_end - gdt - 1
    lgdt [esp]
    add esp, 6
    lea eax, [eax + long_mode - start]
    push dword 8
    push eax
    retf

; "Quire needs a 64-bit CPU", to the serial port as firmware left it, and to the screen.
no_long_mode:
    lea esi, [ebp + boot_start_offset]
    add esi, message - start
    mov edi, 0xb8000
    mov dx, 0x3f8
.next:
    lodsb
    test al, al
    jz .stop
    out dx, al
    mov ah, 0x07
    stosw
    jmp .next
.stop:
    hlt
    jmp .stop
message: db "Quire needs a 64-bit (x86-64) CPU", 0

align 8
gdt:
    dq 0
    dq 0x00209b0000000000               ; 64-bit code
    dq 0x0000930000000000               ; data
gdt_end:

bits 64
long_mode:
    mov eax, 16
    mov ss, eax
    mov ds, eax
    mov es, eax
    xor eax, eax
    mov fs, eax
    mov gs, eax
    mov rax, higher_half
    jmp rax

section .text
higher_half:
    mov rsp, kernel_stack_top
    xor edx, edx
    mov edx, ebp                        ; boot_main(magic, information, physical address)
    mov edi, edi
    mov esi, esi
    xor ebp, ebp
    push rbp                            ; ends the chain of frames for a backtrace
    call boot_main
    ud2

section .bss align=4096
global boot_tables
boot_tables: resb 8 * 4096

; The lowest page of the kernel stack is left unmapped, so that an overflow is a double
; fault with a stack of its own, not silent damage.
global kernel_stack_guard, kernel_stack_top
kernel_stack_guard: resb 4096
    resb KERNEL_STACK_BYTES
kernel_stack_top:
