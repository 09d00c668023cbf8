/*
 * What this CPU can do, and the order in which its parts are set up. Private to the
 * machine layer and boot.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct cpu;

/* Bits of CPUID that the kernel asks for, in a table in cpu.c. */
enum cpu_feature {
    CPU_PCID,
    CPU_X2APIC,
    CPU_TSC_DEADLINE,
    CPU_XSAVE,
    CPU_RDRAND,
    CPU_GLOBAL_PAGES,
    CPU_SMEP,
    CPU_SMAP,
    CPU_UMIP,
    CPU_PROTECTION_KEYS,
    CPU_NO_EXECUTE,
    CPU_GIGABYTE_PAGES,
    CPU_SYSCALL,
};

bool cpu_has(enum cpu_feature feature);

/* Per-CPU data, descriptor tables, control registers, SYSCALL, FPU. Before it, panic() can
   print but not show a current thread. */
void cpu_initialize(void);

/* descriptors.c: GDT with the TSS, IDT; loads them. */
void descriptors_initialize(struct cpu *cpu);

#define SELECTOR_KERNEL_CODE 0x08
#define SELECTOR_KERNEL_DATA 0x10
#define SELECTOR_USER_DATA 0x20 /* SYSRET takes SS from here and CS from 8 above it */
#define SELECTOR_USER_CODE 0x28
#define SELECTOR_TASK_STATE 0x30
