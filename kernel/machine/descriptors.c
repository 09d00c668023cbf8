/*
 * The GDT, the task state segment and the IDT.
 *
 *      GDT 00 null   08 kernel code   10 kernel data   18 unused (SYSRET's 32-bit code)
 *          20 user data   28 user code   30 task state segment (two entries)
 *
 * There is no 32-bit user code segment, so every user instruction runs in 64-bit mode.
 * The TSS gives interrupts the CPU's one kernel stack, and those that can arrive when the
 * stack pointer is not the kernel's (double fault, NMI, machine check, debug) a stack each.
 */
#include "cpu.h"
#include "machine.h"

#define DESCRIPTOR_KERNEL_CODE 0x00209b0000000000ull /* present, code, 64-bit */
#define DESCRIPTOR_KERNEL_DATA 0x0000930000000000ull
#define DESCRIPTOR_USER_DATA 0x0000f30000000000ull
#define DESCRIPTOR_USER_CODE 0x0020fb0000000000ull
#define DESCRIPTOR_TASK_STATE 0x0000890000000000ull

#define GATE_INTERRUPT 0x8e00u /* present, interrupts off while it runs */
#define GATE_USER_MAY_RAISE 0x6000u

struct task_state_segment {
    uint32_t reserved0;
    uint64_t stack_pointer[3];
    uint64_t reserved1;
    uint64_t interrupt_stack[7];
    uint64_t reserved2;
    uint16_t reserved3, io_map_offset;
} __attribute__((packed));

struct gate {
    uint16_t offset_low, selector, attributes, offset_middle;
    uint32_t offset_high, reserved;
};

struct table_pointer {
    uint16_t limit;
    uint64_t base;
} __attribute__((packed));

#define INTERRUPT_STACK_BYTES 8192

static uint64_t gdt[8] = {
    [SELECTOR_KERNEL_CODE / 8] = DESCRIPTOR_KERNEL_CODE,
    [SELECTOR_KERNEL_DATA / 8] = DESCRIPTOR_KERNEL_DATA,
    [SELECTOR_USER_DATA / 8] = DESCRIPTOR_USER_DATA,
    [SELECTOR_USER_CODE / 8] = DESCRIPTOR_USER_CODE,
};
static struct gate idt[INTERRUPT_VECTORS];
static struct task_state_segment task_state;

static uint8_t double_fault_stack[INTERRUPT_STACK_BYTES] __attribute__((aligned(16)));
static uint8_t nmi_stack[INTERRUPT_STACK_BYTES] __attribute__((aligned(16)));
static uint8_t machine_check_stack[INTERRUPT_STACK_BYTES] __attribute__((aligned(16)));

static uint8_t debug_stack[INTERRUPT_STACK_BYTES] __attribute__((aligned(16)));

static const struct {
    uint8_t vector;
    uint8_t *stack;
} own_stacks[] = {
    {VECTOR_DOUBLE_FAULT, double_fault_stack},
    {VECTOR_NMI, nmi_stack},
    {VECTOR_MACHINE_CHECK, machine_check_stack},
    {VECTOR_DEBUG, debug_stack},
};

extern const uint64_t trap_stubs[INTERRUPT_VECTORS]; /* entry.asm */

static void set_gate(unsigned vector, unsigned interrupt_stack, unsigned flags)
{
    uint64_t entry = trap_stubs[vector];
    idt[vector] = (struct gate){
        .offset_low = (uint16_t)entry,
        .selector = SELECTOR_KERNEL_CODE,
        .attributes = (uint16_t)(GATE_INTERRUPT | flags | interrupt_stack),
        .offset_middle = (uint16_t)(entry >> 16),
        .offset_high = (uint32_t)(entry >> 32),
    };
}

static void load_tables(void)
{
    struct table_pointer gdt_pointer = {sizeof(gdt) - 1, (uint64_t)gdt};
    struct table_pointer idt_pointer = {sizeof(idt) - 1, (uint64_t)idt};
    /* CS changes by a far return; the other segments' hidden parts are reloaded. */
    __asm__ volatile("lgdt %0\n\t"
                     "lidt %1\n\t"
                     "pushq %2\n\t"
                     "leaq 1f(%%rip), %%rax\n\t"
                     "pushq %%rax\n\t"
                     "lretq\n"
                     "1:\n\t"
                     "movw %w3, %%ss\n\t"
                     "xorl %%eax, %%eax\n\t"
                     "movw %%ax, %%ds\n\t"
                     "movw %%ax, %%es\n\t"
                     "movw %%ax, %%fs\n\t"
                     "movw %%ax, %%gs\n\t"
                     "lldt %%ax\n\t"
                     "ltr %w4"
                     :
                     : "m"(gdt_pointer), "m"(idt_pointer), "i"(SELECTOR_KERNEL_CODE),
                       "r"(SELECTOR_KERNEL_DATA), "r"(SELECTOR_TASK_STATE)
                     : "rax", "memory");
}

void descriptors_initialize(struct cpu *cpu)
{
    task_state.stack_pointer[0] = cpu->kernel_stack_top;
    task_state.io_map_offset = sizeof(task_state); /* beyond the limit: no port is the user's */
    cpu->task_state_segment = (uint64_t)&task_state;

    uint64_t base = (uint64_t)&task_state;
    gdt[SELECTOR_TASK_STATE / 8] = DESCRIPTOR_TASK_STATE | (sizeof(task_state) - 1) |
                                   (base & 0xffffff) << 16 | (base >> 24 & 0xff) << 56;
    gdt[SELECTOR_TASK_STATE / 8 + 1] = base >> 32;

    for (unsigned vector = 0; vector < INTERRUPT_VECTORS; vector++)
        set_gate(vector, 0, vector == VECTOR_BREAKPOINT ? GATE_USER_MAY_RAISE : 0);
    for (unsigned i = 0; i < sizeof(own_stacks) / sizeof(own_stacks[0]); i++) {
        task_state.interrupt_stack[i] = (uint64_t)own_stacks[i].stack + INTERRUPT_STACK_BYTES;
        set_gate(own_stacks[i].vector, i + 1, 0);
    }
    load_tables();
}
